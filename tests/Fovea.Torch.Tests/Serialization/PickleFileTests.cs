using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class PickleFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Refusal(byte[] bytes)
    {
        string path = _folder.Write("bad.pkl", bytes);
        var error = Assert.Throws<TensorFileException>(() => PickleFile.Read(path));
        Assert.Equal($"{path}: {error.Problem}", error.Message);
        Assert.InRange(error.Message.Length, 1, 1000);
        return error.Problem;
    }

    [Fact]
    public void Arrays_of_bytes_are_read_row_by_row()
    {
        var root = Assert.IsType<PickleDictionary>(PickleFile.Read(Goldens.Path("serialization", "arrays.pkl")));
        foreach (string name in new[] { "rows", "columns" })
        {
            var array = Assert.IsType<PickleArray>(root[name]);
            Assert.Equal([2, 3, 4], array.Shape);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)i), array.ToRows().ToArray());
        }
        Assert.Equal([0, 5], Assert.IsType<PickleArray>(root["empty"]).Shape);
        Assert.Equal(0, Assert.IsType<PickleArray>(root["empty"]).ToRows().Length);
        Assert.Equal("dög", Assert.IsType<PickleString>(root["name"]).Value);
        Assert.Equal(300, Assert.IsType<PickleInteger>(Assert.IsType<PickleList>(root["labels"]).Items[1]).Value);
    }

    [Fact]
    public void Strings_of_Python_2_keep_every_byte()
    {
        string path = _folder.Write("a.pkl", [0x80, 2, (byte)'U', 3, 0, 0xFF, (byte)'a', (byte)'.']);
        Assert.Equal("\0\u00FFa", Assert.IsType<PickleString>(PickleFile.Read(path)).Value);
        path = _folder.Write("b.pkl", [0x80, 2, (byte)'T', 2, 0, 0, 0, 0xFF, 0xFE, (byte)'.']);
        Assert.Equal([0xFF, 0xFE], Assert.IsType<PickleBytes>(PickleFile.Read(path)).Value.ToArray());
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("numpy.core.multiarray", "scalar")]
    [InlineData("torch._utils", "_rebuild_tensor_v2")]
    [InlineData("torch", "FloatStorage")]
    public void Names_that_are_not_on_the_list_are_refused_by_name(string module, string name) =>
        Assert.Contains($"'{module}.{name}'", Refusal(new PickleAssembler().Global(module, name).Op(")R").Pickle()));

    [Fact]
    public void Files_of_torch_save_may_not_name_arrays() =>
        Assert.Contains("'numpy.dtype'", Assert.Throws<TensorFileException>(() =>
            PthFile.Open(_folder.Write("a.pth", new PickleAssembler().Global("numpy", "dtype").Zip()))).Message);

    [Theory]
    [InlineData(new[] { 2, 3 }, "2 x 3 with 7 bytes")]
    [InlineData(new[] { 70000, 70000, 0 }, "at most 2,147,483,647 values")]
    [InlineData(new[] { -1, -7 }, "whole numbers")]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1, 1, 7 }, "9 dimensions")]
    public void Arrays_of_impossible_shapes_are_refused(int[] shape, string message)
    {
        PickleAssembler pickle = Array().Op("(").Number(1).Op("(");
        foreach (int size in shape) pickle.Number(size);
        Assert.Contains(message, Refusal(Type(pickle.Op("t")).Op(0x89).Text("seven b").Op("tb").Pickle()));
    }

    [Fact]
    public void Arrays_filled_by_something_else_are_refused()
    {
        Assert.Contains("fills an array by something other", Refusal(Array().Op("Nb").Pickle()));
        Assert.Contains("no bytes", Refusal(Type(Array().Op("(").Number(1).Number(1).Op(0x85)).Op(0x89).Text("\u0100").Op("tb").Pickle()));
        Assert.Contains("a list", Refusal(Type(Array().Op("(").Number(1).Number(1).Op(0x85)).Op(0x89).Op("]tb").Pickle()));
        Assert.Contains("numpy's type 'f4'", Refusal(new PickleAssembler().Global("numpy", "dtype").Text("f4").Op(0x85).Op("R").Pickle()));
        Assert.Contains("goes on for 1 bytes after its pickle, which ends at byte 4", Refusal([0x80, 2, (byte)'N', (byte)'.', 0]));
    }

    [Fact]
    public void Every_shortened_file_is_refused()
    {
        string path = _folder.Write("short.pkl", File.ReadAllBytes(Goldens.Path("serialization", "arrays.pkl")));
        foreach (string _ in _folder.Shortened(path)) Assert.Throws<TensorFileException>(() => PickleFile.Read(path));
    }

    private static PickleAssembler Array() =>
        new PickleAssembler().Global("numpy.core.multiarray", "_reconstruct").Op("(").Global("numpy", "ndarray").Op("tR");

    private static PickleAssembler Type(PickleAssembler pickle) => pickle.Global("numpy", "dtype").Text("u1").Op(0x85).Op("R");
}
