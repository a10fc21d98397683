using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Files that are made to do harm end in one line and exit code 1, whichever verb meets them, and cost no memory.</summary>
[Collection(TrainedRunCollection.Name)]
public sealed class HostileFileTests(TrainedRun trained)
{
    private const long MostBytes = 64L << 20;
    private const int Nesting = 1_000_000;

    private WorkFolder Folder => trained.Folder;

    [Fact]
    public void APickleThatCallsSomethingIsRefused()
    {
        string proof = Folder["called"];
        // os.system("touch ..."), as pickle protocol 0 spells it.
        byte[] pickle = Encoding.ASCII.GetBytes($"cposix\nsystem\n(S'touch {proof}'\ntR.");
        string message = Weights(Folder.Write("evil.pth", Zip(pickle, CompressionLevel.NoCompression)));
        Assert.Contains("'posix.system', which is refused", message);
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void AZipBombIsNotUnpacked() =>
        Assert.Contains("compressed entry", Weights(Folder.Write("bomb.pth", Zip(new byte[200 << 20], CompressionLevel.Fastest))));

    [Theory]
    [InlineData(1L << 60, "{}", "states a header of")]
    [InlineData(-1, """{"w":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}""", "it is truncated")]
    [InlineData(-1, """{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "it is truncated")]
    [InlineData(-1, "nonsense", "is not a safetensors file")]
    public void ALyingHeaderIsFound(long stated, string header, string complaint)
    {
        string file = Folder.Write("liar.safetensors", Safetensors(stated, header));
        Assert.Contains(complaint, Weights(file));
        Assert.Contains(complaint, Fail(1, "predict", Folder.Picture("p.png"), "--model", file, "--output", Folder["out"]));
    }

    [Fact]
    public void MillionsOfBracketsEndInALine()
    {
        string open = new('[', Nesting);
        string json = Folder.Write("nested.json", """{"images":""" + open);
        (int code, string output, _) = CommandLine.Run("data", "check", json);
        Assert.Equal(1, code);
        Assert.Contains("not JSON that can be read", output);
        Assert.Contains("nothing in", CommandLine.Run("data", "info", json).Error);
        Fail(1, "eval", "--data", json, "--model", trained.Run);
        Fail(1, "eval", "--data", trained.Data, "--detections", json);
        Fail(1, "eval", "--data", trained.Data, "--detections", Folder.Write("array.json", open));
        Fail(1, "train", "--config", Folder.Write("nested.yaml", "model: m\ntraining:\n  milestones: " + open));
        Weights(Folder.Write("nested.safetensors", Safetensors(-1, string.Concat(Enumerable.Repeat("{\"a\":", Nesting)))));
    }

    [Fact]
    public void ALyingPictureIsRefused()
    {
        byte[] png = File.ReadAllBytes(Folder.Picture("huge.png"));
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 1 << 30);   // IHDR: width
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 1 << 30);
        long before = GC.GetTotalAllocatedBytes();
        (int code, _, string error) = CommandLine.Run("predict", Folder.Write("huge.png", png), "--model", trained.Run, "--output",
            Folder["out"]);
        Assert.Equal(1, code);
        Assert.Contains("huge.png: ", error);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MostBytes);
    }

    [Theory]
    [InlineData("[{\"image_id\":1,\"category_id\":99,\"bbox\":[1,1,5,5],\"score\":0.5}]", "detections of category 99")]
    [InlineData("[{\"image_id\":77,\"category_id\":1,\"bbox\":[1,1,5,5],\"score\":0.5}]", "detections of picture 77")]
    [InlineData("[{\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,5],\"score\":0.5}]", "expected bbox as four numbers")]
    [InlineData("[{\"image_id\":1,\"category_id\":1,\"bb", "the text is not JSON")]
    [InlineData("{\"images\":[]}", "is it the annotation file?")]
    public void ResultsThatDoNotFitAreRefused(string json, string complaint) =>
        Assert.Contains(complaint, Fail(1, "eval", "--data", trained.Data, "--detections", Folder.Write("results.json", json)));

    [Fact]
    public void TruncatedFilesOfEachKind()
    {
        byte[] best = File.ReadAllBytes(Path.Combine(trained.Run, "best.safetensors"));
        foreach (int length in new[] { 0, 7, 100, best.Length / 2, best.Length - 1 })
        {
            string file = Folder.Write("cut.safetensors", best[..length]);
            Fail(1, "eval", "--data", trained.Data, "--model", file);
            Weights(file);
        }
        Folder.Write("cut/run.yaml", File.ReadAllBytes(Path.Combine(trained.Run, "run.yaml")));
        Folder.Write("cut/last.safetensors", best[..(best.Length / 2)]);
        Fail(1, "train", "--resume", Folder["cut"]);
        string data = Folder.Voc("cut-data");
        string xml = Path.Combine(data, "Annotations", "p4.xml");
        File.WriteAllText(xml, File.ReadAllText(xml)[..80]);
        Assert.Contains("p4.xml:", Fail(1, "eval", "--data", data, "--model", trained.Run));
    }

    /// <summary>The complaint of train about --weights.</summary>
    private string Weights(string file) =>
        Fail(1, ["train", .. TrainedRun.Tiny, "--data", trained.Data, "--weights", file, "--output", Folder["never"]]);

    private static string Fail(int code, params string[] args)
    {
        long before = GC.GetTotalAllocatedBytes();
        string message = CommandLine.Fail(code, args);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MostBytes);
        return message;
    }

    private static byte[] Safetensors(long stated, string header)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), file = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, stated < 0 ? text.Length : stated);
        text.CopyTo(file, 8);
        return file;
    }

    private static byte[] Zip(byte[] pickle, CompressionLevel level)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (Stream entry = archive.CreateEntry("archive/data.pkl", level).Open()) entry.Write(pickle);
            using (Stream entry = archive.CreateEntry("archive/version", CompressionLevel.NoCompression).Open()) entry.Write("3\n"u8);
        }
        return memory.ToArray();
    }
}
