using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class ModuleStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Sequential Network(long channels = 4) => new(new Conv2d(3, channels, 3), new BatchNorm2d(channels), new ActivationLayer(Activation.Relu));

    [Fact]
    public void A_module_is_written_and_read_back_exactly()
    {
        using Sequential a = Network(), b = Network();
        a.SaveState(_folder["a"], new Dictionary<string, string> { ["model"] = "test" });
        using var file = WeightFile.Open(_folder["a"]);
        Assert.Equal("test", file.Metadata["model"]);
        b.LoadState(file.Tensors, file.Path);
        foreach (((string name, Tensor expected), (_, Tensor actual)) in a.StateDict().Zip(b.StateDict()))
            Assert.True(expected.ElementsEqual(actual), name);
        Assert.True(b.Parameters().All(parameter => parameter.RequiresGrad && parameter.IsLeaf));
        b.SaveState(_folder["b"], file.Metadata);
        Assert.Equal(File.ReadAllBytes(_folder["a"]), File.ReadAllBytes(_folder["b"]));
    }

    [Fact]
    public void Every_key_that_does_not_fit_is_listed_and_nothing_is_changed()
    {
        using Sequential network = Network();
        float[] before = network.Parameters().First().Detach().ToArray<float>();
        SafetensorsWriter.Write(_folder["a"],
        [
            SafetensorsEntry.FromValues<float>("0.weight", DType.Float32, [4, 3, 3, 3], new float[108]),
            SafetensorsEntry.FromValues<float>("0.bias", DType.Float32, [5], new float[5]),
            SafetensorsEntry.FromValues<long>("1.weight", DType.Int64, [4], new long[4]),
            SafetensorsEntry.FromValues<float>("fc.weight", DType.Float32, [1], new float[1]),
            SafetensorsEntry.FromValues<float>("fc.bias", DType.Float32, [1], new float[1]),
        ]);
        using var file = WeightFile.Open(_folder["a"]);
        var error = Assert.Throws<StateMismatchException>(() => network.LoadState(file.Tensors, file.Path));
        Assert.Equal(["1.bias", "1.running_mean", "1.running_var"], error.Missing);
        Assert.Equal(["fc.bias", "fc.weight"], error.Unexpected.Order());
        Assert.Equal(2, error.Mismatched.Count);
        Assert.All(["1.bias", "1.running_mean", "1.running_var", "fc.weight", "fc.bias", "Float32 [5]", "Float32 [4]", "Int64 [4]"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Equal(before, network.Parameters().First().Detach().ToArray<float>());
    }

    [Fact]
    public void What_is_to_be_left_alone_is_left_alone()
    {
        using Sequential old = Network(4), grown = Network(4);
        using var other = new Sequential([("body", grown), ("head", new Linear(4, 7))]);
        using var source = new Sequential([("body", old), ("head", new Linear(4, 91))]);
        source.SaveState(_folder["a"]);
        using var file = WeightFile.Open(_folder["a"]);
        Assert.Throws<StateMismatchException>(() => other.LoadState(file.Tensors, file.Path));
        float[] head = other.StateDict().First(entry => entry.Name == "head.weight").Value.Detach().ToArray<float>();
        other.LoadState(file.Tensors, file.Path, leave: name => name.StartsWith("head.", StringComparison.Ordinal));
        Assert.Equal(head, other.StateDict().First(entry => entry.Name == "head.weight").Value.Detach().ToArray<float>());
        Assert.True(old.Parameters().First().ElementsEqual(grown.Parameters().First()));
    }

    [Fact]
    public void Weights_of_torch_load_and_counts_of_batches_may_be_absent_or_superfluous()
    {
        using var network = new Sequential(new Linear(2, 3), new BatchNorm2d(3));
        using var file = WeightFile.Open(Goldens.Path("serialization", "checkpoint.pth"));
        network.LoadState(file.Tensors, file.Path);
        Assert.Equal(1, network.StateDict().First(entry => entry.Name == "1.num_batches_tracked").Value.Item());
        network.LoadState(file.Tensors.Where(pair => pair.Key != "1.num_batches_tracked").ToDictionary(), file.Path);
        using var frozen = new Sequential(new Linear(2, 3), new FrozenBatchNorm2d(3));
        frozen.LoadState(file.Tensors, file.Path);
    }

    [Fact]
    public void Other_floating_types_are_converted()
    {
        using var layer = new Linear(2, 1, bias: false);
        SafetensorsWriter.Write(_folder["a"], [SafetensorsEntry.FromValues<Half>("weight", DType.Float16, [1, 2], new[] { (Half)0.5f, (Half)(-2) })]);
        using var file = WeightFile.Open(_folder["a"]);
        layer.LoadState(file.Tensors, file.Path);
        Assert.Equal([0.5f, -2], layer.Weight.Detach().ToArray<float>());
    }

    [Fact]
    public void Tensors_over_a_file_outlive_it_share_its_memory_and_leave_it_unchanged()
    {
        SafetensorsWriter.Write(_folder["a"], [SafetensorsEntry.FromValues<float>("x", DType.Float32, [3], new float[] { 1, 2, 3 })]);
        byte[] bytes = File.ReadAllBytes(_folder["a"]);
        Tensor tensor;
        using (var file = SafetensorsFile.Open(_folder["a"]))
        {
            tensor = file["x"].ToTensor();
            unsafe
            {
                Assert.True(tensor.DataPointer == file["x"].Address);
            }
        }
        tensor.MultiplyInPlace(2);
        Assert.Equal([2, 4, 6], tensor.ToArray<float>());
        Assert.Equal(bytes, File.ReadAllBytes(_folder["a"]));
        tensor.Dispose();
    }

    [Fact]
    public void Strided_empty_and_unaligned_tensors_become_tensors()
    {
        using var scope = new TensorScope();
        foreach (string name in (string[])["types.pth", "types-legacy.pth"])
        {
            using var file = WeightFile.Open(Goldens.Path("serialization", name));
            foreach ((string key, StoredTensor stored) in file.Tensors)
            {
                Tensor tensor = stored.ToTensor();
                Assert.Equal(stored.Shape.ToArray(), tensor.Shape);
                Assert.Equal(stored.DType, tensor.DType);
                if (stored.DType == DType.Float32) Assert.Equal(stored.ToArray<float>(), tensor.ToArray<float>());
                SafetensorsEntry entry = SafetensorsEntry.FromTensor(key, stored.DType == DType.Complex128 ? Tensor.Zeros([1]) : tensor);
                Assert.Equal(key, entry.Name);
            }
        }
    }

    [Fact]
    public void Truth_values_other_than_0_and_1_are_refused()
    {
        using var file = SafetensorsFile.Open(_folder.Write("a", SafetensorsBytes.File("""{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}""", 3)));
        Assert.Throws<TensorFileException>(() => file["a"].ToTensor());
    }

    [Fact]
    public void Files_of_neither_kind_are_refused() =>
        Assert.Throws<TensorFileException>(() => WeightFile.Open(_folder.Write("a", "hello, world"u8.ToArray())));
}
