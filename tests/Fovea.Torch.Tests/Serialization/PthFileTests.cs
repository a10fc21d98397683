using System.Numerics;
using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

/// <summary>Files that torch.save wrote: tests/goldens/serialization/make.py.</summary>
public sealed class PthFileTests
{
    public static TheoryData<string> Types => ["types.pth", "types-legacy.pth", "types-protocol4.pth"];

    public static TheoryData<string> Checkpoints => ["checkpoint.pth", "checkpoint-legacy.pth"];

    private static PthFile Open(string name) => PthFile.Open(Goldens.Path("serialization", name));

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_element_type_is_read(string name)
    {
        using PthFile file = Open(name);
        IReadOnlyDictionary<string, StoredTensor> tensors = file.FindStateDict();
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["uint8"].ToArray<byte>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["int8"].ToArray<sbyte>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["int16"].ToArray<short>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["int32"].ToArray<int>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["int64"].ToArray<long>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["float16"].ToArray<Half>().Select(x => (double)x));
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["float32"].ToArray<float>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["float64"].ToArray<double>());
        Assert.Equal([0, 1, 1, 1, 1, 1], tensors["bool"].ToArray<byte>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["bfloat16"].ToArray<ushort>().Select(x => BitConverter.UInt32BitsToSingle((uint)x << 16)));
        Assert.Equal([0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensors["complex64"].Bytes).ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["complex128"].ToArray<Complex>().Select(x => x.Real));
        Assert.Equal([DType.UInt8, DType.Int8, DType.Int16, DType.Int32, DType.Int64, DType.Float16, DType.Float32, DType.Float64, DType.Bool, DType.BFloat16,
            DType.Complex64, DType.Complex128], tensors.Values.Take(12).Select(tensor => tensor.DType));
        Assert.All(tensors.Values.Take(12), tensor => Assert.Equal([2, 3], tensor.Shape.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Views_share_a_storage_and_keep_their_strides(string name)
    {
        using PthFile file = Open(name);
        IReadOnlyDictionary<string, StoredTensor> tensors = file.FindStateDict();
        Assert.Same(tensors["shared"].Storage, tensors["shared.transposed"].Storage);
        Assert.Equal([4, 5, 6, 7], tensors["shared.row"].ToArray<float>());
        Assert.Equal([2, 6, 10], tensors["shared.column"].ToArray<float>());
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], tensors["shared.transposed"].ToArray<float>());
        Assert.False(tensors["shared.transposed"].IsContiguous);
        Assert.Throws<InvalidOperationException>(() => tensors["shared.transposed"].Bytes.Length);
        Assert.Equal([2.5f], tensors["scalar"].ToArray<float>());
        Assert.Equal(0, tensors["scalar"].Shape.Length);
        Assert.Equal([0, 4], tensors["empty"].Shape.ToArray());
        Assert.Empty(tensors["empty"].ToArray<float>());
        var parameter = Assert.IsType<PickleTensor>(((PickleDictionary)file.Root)["parameter"]);
        Assert.True(parameter.RequiresGrad);
        Assert.Equal([1, -1], parameter.Tensor.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void A_checkpoint_is_read_with_all_that_is_in_it(string name)
    {
        using PthFile file = Open(name);
        var root = Assert.IsType<PickleDictionary>(file.Root);
        Assert.Equal(3, ((PickleInteger)root["epoch"]!).Value);
        Assert.Equal(0.25, ((PickleFloat)root["best"]!).Value);
        Assert.Equal(BigInteger.Pow(2, 70), ((PickleInteger)root["big"]!).Value);
        Assert.Equal(-5, ((PickleInteger)root["negative"]!).Value);
        Assert.Equal(["cat", "dög"], ((PickleList)root["classes"]!).Items.Select(item => ((PickleString)item).Value));
        Assert.Equal([2, 3], ((PickleTuple)root["size"]!).Items.Select(item => (int)((PickleInteger)item).Value));
        Assert.False(((PickleBool)root["done"]!).Value);
        Assert.IsType<PickleNone>(root["nothing"]);
        Assert.Equal(DType.Float16, ((PickleType)root["dtype"]!).Value);
        Assert.Equal("cuda:1", ((PickleDevice)root["device"]!).Name);
        var state = (PickleDictionary)((PickleDictionary)root["optimizer"]!)["state"]!;
        Assert.Equal([3, 2], ((PickleTensor)((PickleDictionary)state[0]!)["momentum_buffer"]!).Tensor.Shape.ToArray());
        Assert.Equal(
            ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"], file.FindStateDict().Keys);
        Assert.Equal([1L], file.FindStateDict("model")["1.num_batches_tracked"].ToArray<long>());
        Assert.Contains("'model'", Assert.Throws<TensorFileException>(() => file.FindStateDict("ema")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_formats_hold_the_same()
    {
        using PthFile zip = Open("checkpoint.pth"), legacy = Open("checkpoint-legacy.pth");
        foreach ((string key, StoredTensor tensor) in zip.FindStateDict())
            Assert.Equal(tensor.Bytes.ToArray(), legacy.FindStateDict()[key].Bytes.ToArray());
    }

    [Fact]
    public void What_the_first_versions_of_torch_saved_is_read()
    {
        using PthFile file = Open("first-versions.pth");
        IReadOnlyDictionary<string, StoredTensor> tensors = file.FindStateDict();
        Assert.Equal(["weight", "mean", "filled", "again", "count"], tensors.Keys);
        Assert.Equal([1, 2, 3, 4], tensors["weight"].ToArray<float>());
        Assert.True(((PickleTensor)((PickleDictionary)file.Root)["weight"]!).RequiresGrad);
        Assert.Equal([5, 6], tensors["mean"].ToArray<float>());
        Assert.Equal(DType.Float64, tensors["filled"].DType);
        Assert.Equal([3, 1], tensors["filled"].Shape.ToArray());
        Assert.Equal([7, 8, 9], tensors["filled"].ToArray<double>());
        Assert.Same(tensors["filled"], tensors["again"]);
        Assert.Equal([10L], tensors["count"].ToArray<long>());
    }
}
