using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class MnistDatasetTests : IDisposable
{
    private const string TrainImages = "train-images-idx3-ubyte", TrainLabels = "train-labels-idx1-ubyte";
    private const string TestImages = "t10k-images-idx3-ubyte", TestLabels = "t10k-labels-idx1-ubyte";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>20 pictures of 3 x 2 with values 6 i + 0 to 5 and labels i mod 10; 2 test pictures.</summary>
    private void Good(Func<byte[], byte[]>? packed = null, string ending = "", string folder = "")
    {
        packed ??= data => data;
        Write(folder + TrainImages + ending, packed(PackedBytes.Idx([20, 3, 2], [.. Enumerable.Range(0, 120).Select(i => (byte)i)])));
        Write(folder + TrainLabels + ending, packed(PackedBytes.Idx([20], [.. Enumerable.Range(0, 20).Select(i => (byte)(i % 10))])));
        Write(folder + TestImages + ending, packed(PackedBytes.Idx([2, 3, 2], [.. Enumerable.Range(200, 12).Select(i => (byte)i)])));
        Write(folder + TestLabels + ending, packed(PackedBytes.Idx([2], [9, 0])));
    }

    private void Write(string name, byte[] data)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], data);
    }

    private IDataset Open(string split) => Dataset.Open(_folder.Root, split);

    private string Refused(string split = "train")
    {
        var error = Assert.Throws<DataException>(() => Open(split));
        Assert.StartsWith(_folder.Root, error.Location.File);
        return error.Message;
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "raw/")]
    public void The_four_files_are_read_as_published(bool compressed, string folder)
    {
        Good(compressed ? PackedBytes.Gzip : null, compressed ? ".gz" : "", folder);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal(DatasetFormat.Mnist, layout.Format);
        Assert.Equal(["train", "val", "trainval", "test"], layout.Splits);
        IDataset train = Open("train"), val = Open("val"), test = Open("test");
        Assert.Equal((18, 2, 20, 2), (train.Count, val.Count, Open("trainval").Count, test.Count));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => new Category(i, $"{i}")), train.Categories);
        Assert.Equal([8, 9], Enumerable.Range(0, 2).Select(i => val.CategoryOf(i))); // the last tenth
        Assert.Equal([9, 0], Enumerable.Range(0, 2).Select(i => test.CategoryOf(i)));

        Sample sample = train.Load(3);
        Assert.Equal(new ImageSize(3, 2), sample.Record.Size);
        Assert.Equal([18, 18, 18, 19, 19, 19, 20, 20, 20, 21, 21, 21, 22, 22, 22, 23, 23, 23], sample.Image.Pixels);
        Assert.EndsWith("#3", sample.Record.Path);
    }

    [Fact]
    public void Classes_are_named_by_a_list_beside_the_files_or_by_the_folder_of_Fashion_MNIST()
    {
        Good(folder: "fashion-mnist/");
        Assert.Equal("Ankle boot", Dataset.Open(_folder["fashion-mnist"], "test").Categories[9].Name);
        _folder.Write("fashion-mnist/classes.txt", string.Join('\n', Enumerable.Range(0, 10).Select(i => $"class {i}")));
        Assert.Equal("class 9", Dataset.Open(_folder["fashion-mnist"], "test").Categories[9].Name);
        _folder.Write("fashion-mnist/classes.txt", "one\ntwo");
        Assert.Contains("has label 2, but 2 classes are named",
            Assert.Throws<DataException>(() => Dataset.Open(_folder["fashion-mnist"], "train")).Message);
    }

    [Fact]
    public void Labels_beyond_ten_are_classes_too()
    {
        Good();
        Write(TestLabels, PackedBytes.Idx([2], [46, 0]));
        Assert.Equal(47, Open("train").Categories.Count);
    }

    [Fact]
    public void Damaged_files_are_refused_with_what_is_wrong()
    {
        Good();
        byte[] images = File.ReadAllBytes(_folder[TrainImages]);
        foreach ((byte[] data, string message) in new[]
        {
            (images[..^1], "the file is too short"), ((byte[])[.. images, 0], "more than the 20 x 3 x 2 values"),
            (images[..7], "ends after 7 bytes"),
            ((byte[])[0, 0, 13, .. images[3..]], "begins with 00000D03"),
            (PackedBytes.Idx([19, 3, 2], images.AsSpan(16, 114)), "19 pictures, but there are 20 labels"),
            (PackedBytes.Idx([20, 0, 2], []), "20 x 0"), (PackedBytes.Idx([20, -1, 2], []), "20 x -1"),
            (PackedBytes.Idx([20, 65536, 65536], []), "values are read"),
            (PackedBytes.Idx([20, 4097, 1], new byte[20 * 4097]), "at most 4096 x 4096"),
        })
        {
            Write(TrainImages, data);
            Assert.Contains(message, Refused());
        }
        Write(TrainImages, images);
        File.Delete(_folder[TrainLabels]);
        Assert.Contains("the labels of these pictures are missing", Refused());
    }

    [Fact]
    public void Compressed_files_that_are_damaged_or_promise_too_much_are_refused()
    {
        Good(PackedBytes.Gzip, ".gz");
        byte[] images = File.ReadAllBytes(_folder[TrainImages + ".gz"]);
        Write(TrainImages + ".gz", images[..^20]);
        Refused();
        Write(TrainImages + ".gz", [.. images[..12], 0xFF, 0xFF, 0xFF, .. images[12..]]);
        Refused();
        // A gigabyte is promised by a file that cannot hold it: no memory is taken.
        Write(TrainImages + ".gz", PackedBytes.Gzip(PackedBytes.Idx([20, 7000, 7000], new byte[1000])));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("too short to hold them", Refused());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }
}
