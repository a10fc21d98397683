using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static SafetensorsEntry Floats(string name, params float[] values) =>
        SafetensorsEntry.FromValues<float>(name, DType.Float32, [values.Length], values);

    [Fact]
    public void The_bytes_are_the_format_s()
    {
        SafetensorsWriter.Write(_folder["a"], [Floats("a", 1f)], new Dictionary<string, string> { ["k"] = "v" });
        byte[] expected = SafetensorsBytes.File(
            """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} """, [0, 0, 128, 63]);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(File.ReadAllBytes(_folder["a"])));
    }

    [Fact]
    public void Order_of_tensors_and_metadata_does_not_change_the_bytes()
    {
        SafetensorsEntry[] entries = [Floats("a", 1, 2), Floats("b", 3), SafetensorsEntry.FromValues<byte>("0", DType.UInt8, [3], new byte[] { 1, 2, 3 })];
        SafetensorsWriter.Write(_folder["1"], entries, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(_folder["2"], entries.Reverse(), new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(_folder["1"]), File.ReadAllBytes(_folder["2"]));
        using var file = SafetensorsFile.Open(_folder["1"]);
        Assert.Equal(["a", "b", "0"], file.Tensors.Keys); // wide elements first, so that all are aligned
    }

    [Fact]
    public void Headers_and_tensors_are_aligned()
    {
        SafetensorsWriter.Write(_folder["a"],
        [
            SafetensorsEntry.FromValues<byte>("a", DType.UInt8, [3], new byte[3]), SafetensorsEntry.FromValues<long>("b", DType.Int64, [1], new long[1]),
            SafetensorsEntry.FromValues<short>("c", DType.BFloat16, [1], new short[1]), Floats("d", 1),
        ]);
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(_folder["a"])) % 8);
        using var file = SafetensorsFile.Open(_folder["a"]);
        unsafe
        {
            foreach (StoredTensor tensor in file.Tensors.Values) Assert.Equal(0, (long)tensor.Address % tensor.DType.ElementSize());
        }
    }

    [Fact]
    public void Whatever_is_written_is_read_back()
    {
        Gen<(string Name, short[] Values)[]> files =
            from names in ArbMap.Default.GeneratorFor<NonEmptyString>().ListOf()
            from values in ArbMap.Default.GeneratorFor<short[]>().ListOf(names.Count)
            select names.Select(name => WithoutLoneSurrogates(name.Get)).Zip(values).DistinctBy(pair => pair.First).ToArray();
        Prop.ForAll(files.ToArbitrary(), expected =>
        {
            var metadata = expected.ToDictionary(pair => pair.Name, pair => pair.Name);
            SafetensorsWriter.Write(_folder["p"], expected.Select(pair =>
                SafetensorsEntry.FromValues<short>(pair.Name, DType.Int16, [pair.Values.Length, 1], pair.Values)), metadata);
            using var file = SafetensorsFile.Open(_folder["p"]);
            Assert.Equal(metadata, file.Metadata);
            Assert.Equal(expected.Length, file.Tensors.Count);
            foreach ((string name, short[] values) in expected) Assert.Equal(values, file[name].ToArray<short>());
        }).Check(Mutations.Repeatable(100));
    }

    [Fact]
    public void Bad_entries_are_refused_and_the_old_file_stays()
    {
        SafetensorsWriter.Write(_folder["a"], [Floats("old", 1)]);
        byte[] old = File.ReadAllBytes(_folder["a"]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder["a"], [Floats("x", 1), Floats("x", 2)]));
        Assert.ThrowsAny<ArgumentException>(() => SafetensorsWriter.Write(_folder["a"], [Floats("\ud800", 1)]));
        Assert.Throws<ArgumentException>(() => Floats("__metadata__", 1));
        Assert.Throws<ArgumentException>(() => Floats("", 1));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.FromValues<float>("a", DType.Float32, [2], new float[3]));
        Assert.Throws<ArgumentException>(() => new SafetensorsEntry("a", DType.Complex128, [1], _ => { }));
        Assert.Throws<ArgumentException>(() => new SafetensorsEntry("a", DType.UInt8, [-1], _ => { }));
        Assert.Throws<InvalidOperationException>(() =>
            SafetensorsWriter.Write(_folder["a"], [new SafetensorsEntry("a", DType.UInt8, [2], stream => stream.WriteByte(1))]));
        Assert.Equal(old, File.ReadAllBytes(_folder["a"]));
        Assert.False(File.Exists(_folder["a.tmp"]));
    }

    [Fact]
    public void An_open_file_keeps_its_tensors_when_it_is_replaced()
    {
        SafetensorsWriter.Write(_folder["a"], [Floats("x", 1, 2, 3)]);
        using var file = SafetensorsFile.Open(_folder["a"]);
        SafetensorsWriter.Write(_folder["a"], [Floats("x", 9)]);
        Assert.Equal([1, 2, 3], file["x"].ToArray<float>());
    }

    [Fact]
    public void A_missing_folder_is_named() =>
        Assert.Contains("none", Assert.Throws<TensorFileException>(() => SafetensorsWriter.Write(_folder["none/a"], [])).Message, StringComparison.Ordinal);

    private static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
