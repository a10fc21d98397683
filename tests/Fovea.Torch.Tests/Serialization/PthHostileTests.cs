using System.Diagnostics;
using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class PthHostileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Refusal(byte[] bytes)
    {
        string path = _folder.Write("bad.pth", bytes);
        var error = Assert.Throws<TensorFileException>(() => PthFile.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 1000);
        return error.Message;
    }

    private void Refuses(string expected, byte[] bytes) => Assert.Contains(expected, Refusal(bytes), StringComparison.Ordinal);

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("torchvision.models.resnet", "ResNet")]
    public void Names_that_are_not_on_the_list_are_refused_by_name(string module, string name)
    {
        string marker = _folder["marker"];
        Refuses($"'{module}.{name}'", new PickleAssembler().Global(module, name).Text($"touch {marker}").Op(0x85).Op("R").Zip());
        Refuses($"'{module}.{name}'", new PickleAssembler().Op(0x8c, (byte)module.Length).Op(module).Op(0x8c, (byte)name.Length).Op(name).Op(0x93).Op(")R").Zip());
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public void What_python_s_pickle_would_run_is_refused_in_the_old_format_too()
    {
        byte[] legacy = File.ReadAllBytes(Goldens.Path("serialization", "types-legacy.pth"));
        byte[] attack = new PickleAssembler().Global("os", "system").Text("true").Op(0x85).Op("R").Pickle();
        Refuses("'os.system'", [.. legacy.AsSpan(0, LegacyObject(legacy)), .. attack]);
        Refuses("'os.system'", [.. attack.AsSpan(0, 2), 0x8a, 1, 5, (byte)'0', .. attack.AsSpan(2)]);
        Refuses("not a file of torch.save", "cos\nsystem\n(S'true'\ntR."u8.ToArray());
    }

    [Fact]
    public void Calls_of_things_that_are_no_functions_are_refused()
    {
        Refuses("calls a text", new PickleAssembler().Text("os.system").Op(")R").Zip());
        Refuses("calls a list", new PickleAssembler().Op("])R").Zip());
        Refuses("torch.FloatStorage", new PickleAssembler().Global("torch", "FloatStorage").Op(")R").Zip());
        Refuses("attributes", new PickleAssembler().Op("}Nb").Zip());
        Refuses("attributes", new PickleAssembler().Text("x").Op("}b").Zip());
        Refuses("Parameter with 0 arguments", new PickleAssembler().Global("torch.nn.parameter", "Parameter").Op(")R").Zip());
        Refuses("FloatTensor with 1 arguments", new PickleAssembler().Global("torch", "FloatTensor").Number(9).Op(0x85).Op("R").Zip());
        Refuses("opcode 0x69", new PickleAssembler().Op("(i").Zip()); // INST calls too
        Refuses("opcode 0x6f", new PickleAssembler().Op("(o").Zip()); // OBJ
        Refuses("opcode 0x82", new PickleAssembler().Op(0x82, 1).Zip()); // EXT1
        Refuses("whole model", new PickleAssembler().Op("(").Text("module").Op("NNNtQ").Zip());
    }

    [Fact]
    public void A_tensor_that_is_filled_afterwards_must_fit()
    {
        PickleAssembler Unfilled(string type) => new PickleAssembler().Op("}").Text("x").Global("torch", type).Op(")Rq").Op(0);
        byte[] four = new byte[16];
        byte[] Filled(string type, long offset, Func<PickleAssembler, PickleAssembler> then) => then(Unfilled(type).Op("(").Storage("0", 4)
            .Long(offset).Tuple(4).Tuple(1).Op("tb")).Op("s").Zip(("a/data/0", four));

        Refuses("reaches element 4", Filled("FloatTensor", 1, p => p));
        Refuses("fills a tensor of Int64 with Float32", Filled("LongTensor", 0, p => p));
        Refuses("gives a tensor attributes by a tuple",
            Filled("FloatTensor", 0, p => p.Op("(").Storage("0", 4).Long(0).Tuple(4).Tuple(1).Op("tb")));
        using PthFile empty = PthFile.Open(_folder.Write("empty.pth", Unfilled("FloatTensor").Op("s").Zip()));
        Assert.Contains("'x' (tensor without contents)", Assert.Throws<TensorFileException>(() => empty.FindStateDict()).Message);
    }

    [Theory]
    [InlineData(4, 0, new long[] { 5 }, new long[] { 1 }, "5 elements")]
    [InlineData(4, 1, new long[] { 4 }, new long[] { 1 }, "reaches element 4")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 3, 1 }, "reaches element 4")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { long.MaxValue, long.MaxValue }, "reaches element")]
    [InlineData(4, 0, new long[] { 1L << 32, 1L << 32 }, new long[] { 0, 0 }, "impossible shape")]
    [InlineData(4, 0, new long[] { 1L << 40 }, new long[] { 0 }, "contiguous")]
    [InlineData(4, 0, new long[] { -1 }, new long[] { 1 }, "impossible shape")]
    [InlineData(4, 0, new long[] { 2 }, new long[] { -1 }, "negative stride")]
    [InlineData(4, 0, new long[] { 2 }, new long[] { 1, 1 }, "1 sizes but 2 strides")]
    [InlineData(4, 5, new long[] { 0 }, new long[] { 1 }, "starts at element 5")]
    [InlineData(4, -1, new long[] { 1 }, new long[] { 1 }, "offset")]
    [InlineData(5, 0, new long[] { 1 }, new long[] { 1 }, "20 bytes, but has 16")]
    [InlineData(3, 0, new long[] { 1 }, new long[] { 1 }, "12 bytes, but has 16")]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 }, "elements")]
    [InlineData(-4, 0, new long[] { 1 }, new long[] { 1 }, "-4 elements")]
    public void Tensors_that_reach_out_of_their_storage_are_refused(long count, long offset, long[] shape, long[] strides, string expected) =>
        Refuses(expected, new PickleAssembler().Tensor(count, offset, shape, strides).Zip(("a/data/0", new byte[16])));

    [Fact]
    public void The_tensor_of_those_cases_is_read_when_it_is_honest()
    {
        string path = _folder.Write("good.pth", new PickleAssembler().Op("}").Text("w").Tensor(4, 1, [3], [1]).Op("s").Zip(("a/data/0", new byte[16])));
        using var file = PthFile.Open(path);
        Assert.Equal([0, 0, 0], file.FindStateDict()["w"].ToArray<float>());
    }

    [Fact]
    public void A_dictionary_in_the_manner_of_Python_2_is_read()
    {
        string path = _folder.Write("py2.pth", new PickleAssembler().Global("collections", "OrderedDict").Op("]").Op("](U\u0001w").Tensor(4, 0, [4], [1]).Op("ea")
            .Op(0x85).Op("R").Zip(("a/data/0", new byte[16])));
        using var file = PthFile.Open(path);
        Assert.Equal("w", Assert.Single(file.FindStateDict()).Key);
    }

    [Fact]
    public void Storages_that_contradict_themselves_are_refused()
    {
        byte[] storage = new byte[16];
        Refuses("no entry for storage '1'", new PickleAssembler().Storage("1", 4).Zip(("a/data/0", storage)));
        Refuses("and elsewhere", new PickleAssembler().Storage("0", 4).Storage("0", 2).Op("0").Zip(("a/data/0", storage)));
        Refuses("no entry for storage '../../x'", new PickleAssembler().Storage("../../x", 4).Zip(("a/data/0", storage)));
        Refuses("big-endian", new PickleAssembler().Op("N").Zip(("a/byteorder", "big"u8.ToArray())));
    }

    [Fact]
    public void Deep_nesting_is_refused_at_once()
    {
        var clock = Stopwatch.StartNew();
        Refuses("deep", Nested("]", "a"));
        Refuses("deep", Nested("}K\u0001", "s"));
        Refuses("deep", new PickleAssembler().Op(")").Op([.. Enumerable.Repeat((byte)0x85, 1_000_000)]).Zip());
        Refuses("ends with", new PickleAssembler().Op("(", 1_000_000).Op("N").Zip());
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);

        static byte[] Nested(string open, string close) => new PickleAssembler().Op(open, 100_000).Op("N").Op(close, 100_000).Zip();
    }

    [Fact]
    public void A_list_that_contains_itself_does_no_harm()
    {
        string path = _folder.Write("loop.pth", new PickleAssembler().Op("}q\0").Text("model").Op("h\0s").Zip());
        using var file = PthFile.Open(path);
        Assert.Throws<TensorFileException>(() => file.FindStateDict());
    }

    [Fact]
    public void Bombs_of_memo_and_copies_stay_small()
    {
        // Each list holds the one before it twice: 2^90 leaves when walked, 90 lists in memory.
        var doubling = new PickleAssembler().Op("]q\0");
        for (byte i = 0; i < 90; i++) doubling.Op("0](").Op((byte)'h', i, (byte)'h', i, (byte)'e', (byte)'q', (byte)(i + 1));
        using (var file = PthFile.Open(_folder.Write("doubling.pth", doubling.Zip())))
            Assert.Throws<TensorFileException>(() => file.FindStateDict());

        // The same in dictionaries, which the search for a state dictionary walks.
        var dictionaries = new PickleAssembler().Op("}q\0");
        for (byte i = 0; i < 90; i++)
        {
            dictionaries.Op("0}(");
            foreach (string key in (string[])["a", "b", "c"]) dictionaries.Text(key).Op((byte)'h', i);
            dictionaries.Op((byte)'u', (byte)'q', (byte)(i + 1));
        }
        using (var file = PthFile.Open(_folder.Write("dictionaries.pth", dictionaries.Zip())))
            Assert.Throws<TensorFileException>(() => file.FindStateDict());

        // One long list of pairs, made into a dictionary again and again.
        var copies = new PickleAssembler().Op("]q\0(");
        for (int i = 0; i < 20_000; i++) copies.Number(i).Op("N").Op(0x86);
        copies.Op("e0").Global("collections", "OrderedDict").Op("q\u0001(");
        for (int i = 0; i < 100_000; i++) copies.Op((byte)'h', 1, (byte)'h', 0, 0x85, (byte)'R');
        long before = GC.GetTotalAllocatedBytes();
        Refuses("by calls", copies.Op("t").Zip());
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1L << 30);
        Refuses("opcodes", new PickleAssembler().Op("N0", 2_000_000).Op("N").Zip());
    }

    [Fact]
    public void Damaged_opcodes_are_refused()
    {
        foreach (string pickle in (string[])["", "0", "t", "Nt", "a", "Na", "]a", "}Ns", "(N", "(Nu", "}(Nu", "h\u0001", "j\u0001\0\0\0", "q\0", "R", "NR", "Q", "NQ", "2", "b", "NN"])
            Refusal(new PickleAssembler().Op(pickle).Zip());
        Refuses("key", new PickleAssembler().Op("}NNs").Zip());
        Refuses("UTF-8", new PickleAssembler().Op((byte)'U', 1, 0xff).Zip());
        Refuses("truncated", new PickleAssembler().Op((byte)'X', 0xff, 0xff, 0xff, 0xff).Zip());
        Refuses("truncated", new PickleAssembler().Op(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).Zip());
        Refuses("at most 64", new PickleAssembler().Op(0x8a, 255).Op(new byte[255]).Zip());
        Refuses("longer than", new PickleAssembler().Op("c").Op("x", 1_000_000).Zip());
        Refuses("protocol 0", new PickleAssembler().Op(0x80, 0).Op("N").Zip());
    }

    [Fact]
    public void Compressed_archives_and_other_archives_are_refused()
    {
        Refuses("compressed", PickleAssembler.Zip(CompressionLevel.SmallestSize, ("a/data.pkl", new byte[50_000_000]))); // a bomb of 50 KB
        Refuses("not of torch.save", PickleAssembler.Zip(CompressionLevel.NoCompression, ("word/document.xml", [1])));
        Refuses("TorchScript", PickleAssembler.Zip(CompressionLevel.NoCompression, ("a/data.pkl", [1]), ("a/constants.pkl", [1])));
        Refuses("not of torch.save", PickleAssembler.Zip(CompressionLevel.NoCompression, ("a/data.pkl", [1]), ("b/data.pkl", [1])));
        Refuses("two entries", PickleAssembler.Zip(CompressionLevel.NoCompression, ("a/data.pkl", [1]), ("a/data.pkl", [1])));
    }

    [Theory]
    [InlineData("types.pth")]
    [InlineData("types-legacy.pth")]
    [InlineData("checkpoint.pth")]
    [InlineData("checkpoint-legacy.pth")]
    public void Every_truncation_is_refused(string name)
    {
        string path = _folder.Write("short.pth", File.ReadAllBytes(Goldens.Path("serialization", name)));
        foreach (string _ in _folder.Shortened(path)) Assert.Throws<TensorFileException>(() => PthFile.Open(path));
    }

    [Theory]
    [InlineData("types.pth")]
    [InlineData("types-legacy.pth")]
    [InlineData("types-protocol4.pth")]
    [InlineData("checkpoint.pth")]
    [InlineData("checkpoint-legacy.pth")]
    public void Random_changes_give_a_file_or_the_one_error(string name) =>
        Prop.ForAll(Mutations.Of(File.ReadAllBytes(Goldens.Path("serialization", name))), bytes =>
        {
            string path = _folder.Write("mutated.pth", bytes);
            try
            {
                using var file = PthFile.Open(path);
                foreach (StoredTensor tensor in file.FindStateDict().Values) tensor.CopyTo(Stream.Null);
            }
            catch (TensorFileException)
            {
            }
        }).Check(Mutations.Repeatable(500));

    /// <summary>Where the fourth pickle of an old file begins: after three that end in a stop.</summary>
    private static int LegacyObject(byte[] legacy)
    {
        int position = 0;
        for (int i = 0; i < 3; i++)
        {
            new Unpickler("legacy").Load(legacy.AsSpan(position), out int length);
            position += length;
        }
        return position;
    }
}
