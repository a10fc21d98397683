using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_a_file_made_by_hand()
    {
        string path = _folder.Write("a.safetensors", SafetensorsBytes.File(
            """{"__metadata__":{"k":"v"},"b":{"dtype":"I16","shape":[2,1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   """,
            [0, 0, 128, 63, 0, 0, 0, 192, 1, 0, 255, 255]));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["a", "b"], file.Tensors.Keys);
        Assert.Equal([1f, -2f], file["a"].ToArray<float>());
        Assert.Equal([1, -1], file["b"].ToArray<short>());
        Assert.Equal([2, 1], file["b"].Shape.ToArray());
        Assert.Equal("v", Assert.Single(file.Metadata).Value);
    }

    [Fact]
    public void Views_are_the_file_and_not_a_copy_and_writing_to_one_leaves_the_file_alone()
    {
        byte[] bytes = SafetensorsBytes.File("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 3);
        string path = _folder.Write("a.safetensors", bytes);
        using var file = SafetensorsFile.Open(path);
        unsafe
        {
            Assert.True(file["a"].Bytes == file["a"].Bytes);
            file["a"].Address[1] = 77; // what an in-place operator would do
            Assert.Equal([0, 77, 2], file["a"].Bytes.ToArray());
        }
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("BOOL", DType.Bool, 1)]
    [InlineData("U8", DType.UInt8, 1)]
    [InlineData("I8", DType.Int8, 1)]
    [InlineData("I16", DType.Int16, 2)]
    [InlineData("I32", DType.Int32, 4)]
    [InlineData("I64", DType.Int64, 8)]
    [InlineData("F16", DType.Float16, 2)]
    [InlineData("BF16", DType.BFloat16, 2)]
    [InlineData("F32", DType.Float32, 4)]
    [InlineData("F64", DType.Float64, 8)]
    [InlineData("C64", DType.Complex64, 8)]
    public void Every_element_type_is_read_and_written(string name, DType dtype, int size)
    {
        string header = $$$"""{"s":{"dtype":"{{{name}}}","shape":[],"data_offsets":[0,{{{size}}}]},"t":{"dtype":"{{{name}}}","shape":[2,0,3],"data_offsets":[0,0]}}""";
        string path = _folder.Write("a.safetensors", SafetensorsBytes.File(header, size));
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.Equal(dtype, file["s"].DType);
            Assert.Equal(1, file["s"].ElementCount);
            Assert.Equal(0, file["t"].ElementCount);
            SafetensorsWriter.Write(_folder["b"], file.Tensors.Select(pair => SafetensorsEntry.FromStored(pair.Key, pair.Value)));
        }
        using var copy = SafetensorsFile.Open(_folder["b"]);
        Assert.Equal(Enumerable.Range(0, size).Select(i => (byte)i), copy["s"].Bytes.ToArray());
        Assert.Equal([2, 0, 3], copy["t"].Shape.ToArray());
        Assert.Equal(dtype, copy["t"].DType);
    }

    [Fact]
    public void An_unknown_tensor_is_named()
    {
        using var file = SafetensorsFile.Open(_folder.Write("a", SafetensorsBytes.File("{}", 0)));
        Assert.Contains("'weight'", Assert.Throws<KeyNotFoundException>(() => file["weight"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_disposal_nothing_can_be_read()
    {
        var file = SafetensorsFile.Open(_folder.Write("a", SafetensorsBytes.File("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 3)));
        StoredTensor tensor = file["a"];
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => tensor.ToArray<byte>());
    }

    [Fact]
    public void A_type_of_another_width_is_refused()
    {
        using var file = SafetensorsFile.Open(_folder.Write("a", SafetensorsBytes.File("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)));
        Assert.Throws<ArgumentException>(() => file["a"].ToArray<float>());
    }
}
