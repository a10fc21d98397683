using Fovea.Torch.Optim;
using Fovea.Torch.Serialization;
using Fovea.Torch.Tests.Serialization;

namespace Fovea.Torch.Tests.Optim;

public sealed class OptimizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Tensor _w;
    private readonly Tensor _b;

    public OptimizerTests() => (_w, _b) = Parameters();

    public void Dispose()
    {
        _w.Dispose();
        _b.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Names =>
        ["sgd", "sgd decay", "sgd momentum", "sgd dampening", "sgd nesterov", "adam", "adam decay", "adamw", "two groups"];

    private static (Tensor W, Tensor B) Parameters()
    {
        Tensor w = Tensor.From(Enumerable.Range(0, 6).Select(i => (i - 2) / 4f).ToArray(), 2, 3);
        Tensor b = Tensor.From(Enumerable.Range(0, 3).Select(i => (i + 1) / 8f).ToArray(), 3);
        (w.RequiresGrad, b.RequiresGrad) = (true, true);
        return (w, b);
    }

    private static void SetGradients(Tensor w, Tensor b, int t)
    {
        w.Grad = Tensor.From(Enumerable.Range(0, 6).Select(i => ((7 * i + 3 * t) % 11 - 5) / 8f).ToArray(), 2, 3);
        b.Grad = t == 3 ? null : Tensor.From(Enumerable.Range(0, 3).Select(i => ((5 * i + 2 * t) % 7 - 3) / 4f).ToArray(), 3);
    }

    private static double[] Values(Tensor w, Tensor b) => [.. w.Detach().ToArray<float>().Concat(b.Detach().ToArray<float>()).Select(x => (double)x)];

    private static Optimizer Make(string name, Tensor w, Tensor b)
    {
        ParameterGroup[] Group(double rate, double decay = 0) => [new([("w", w), ("b", b)], rate, decay)];
        return name switch
        {
            "sgd" => new Sgd(Group(0.1)),
            "sgd decay" => new Sgd(Group(0.1, 0.01)),
            "sgd momentum" => new Sgd(Group(0.1, 0.01), new SgdOptions { Momentum = 0.9 }),
            "sgd dampening" => new Sgd(Group(0.1), new SgdOptions { Momentum = 0.9, Dampening = 0.3 }),
            "sgd nesterov" => new Sgd(Group(0.1, 0.01), new SgdOptions { Momentum = 0.9, Nesterov = true }),
            "adam" => new Adam(Group(0.05)),
            "adam decay" => new Adam(Group(0.05, 0.1), new AdamOptions { Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-3 }),
            "adamw" => new AdamW(Group(0.05, 0.1)),
            "two groups" => new Sgd([new([("w", w)], 0.1), new([("b", b)], 0.01, 0.1)], new SgdOptions { Momentum = 0.9 }),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_steps_are_PyTorch_s(string name)
    {
        using Optimizer optimizer = Make(name, _w, _b);
        double[][] expected = OptimGoldens.Steps(name);
        for (int t = 0; t < 10; t++)
        {
            using var scope = new TensorScope();
            SetGradients(_w, _b, t);
            optimizer.Step();
            OptimGoldens.AssertClose(expected[t], Values(_w, _b), 2e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_pass_on_the_CPU_and_libtorch_s_operators_agree(string name)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        // Packed parameters take the one pass; gradients that are transposed take libtorch's operators.
        Tensor start = Tensor.Randn([300, 301], generator), small = Tensor.Randn([13], generator);
        Tensor[] packed = [start.Clone(), small.Clone()], strided = [start.Clone(), small.Clone()];
        foreach (Tensor tensor in packed.Concat(strided)) tensor.RequiresGrad = true;
        using Optimizer a = Make(name, packed[0], packed[1]), b = Make(name, strided[0], strided[1]);
        for (int t = 0; t < 5; t++)
        {
            Tensor gradient = Tensor.Randn([300, 301], generator), other = Tensor.Randn([13], generator);
            (packed[0].Grad, strided[0].Grad) = (gradient, gradient.Transpose(0, 1).Contiguous().Transpose(0, 1));
            (packed[1].Grad, strided[1].Grad) = (other, Tensor.Stack([other, other], 1).Select(1, 0));
            Assert.False(strided[0].Grad!.IsContiguous || strided[1].Grad!.IsContiguous);
            a.Step();
            b.Step();
        }
        Assert.True(packed[0].AllClose(strided[0], 1e-5, 1e-6) && packed[1].AllClose(strided[1], 1e-5, 1e-6));
        Assert.False(packed[0].AllClose(start, 1e-2, 1e-2));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_resumed_run_ends_bit_for_bit_as_an_uninterrupted_one(string name)
    {
        using var scope = new TensorScope();
        using (Optimizer first = Make(name, _w, _b))
        {
            for (int t = 0; t < 4; t++)
            {
                SetGradients(_w, _b, t);
                first.Step();
            }
            first.Groups[0].LearningRate *= 0.5;
            SafetensorsWriter.Write(_folder["state"], first.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)));
            (Tensor w, Tensor b) = (_w.Detach().Clone(), _b.Detach().Clone());
            for (int t = 4; t < 8; t++)
            {
                SetGradients(_w, _b, t);
                first.Step();
            }
            double[] uninterrupted = Values(_w, _b);

            (w.RequiresGrad, b.RequiresGrad) = (true, true);
            using Optimizer second = Make(name, w, b);
            using (var file = SafetensorsFile.Open(_folder["state"])) second.LoadState(file.Tensors, "state");
            for (int t = 4; t < 8; t++)
            {
                SetGradients(w, b, t);
                second.Step();
            }
            Assert.Equal(uninterrupted, Values(w, b));
        }
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing()
    {
        using var scope = new TensorScope();
        using Optimizer adam = Make("adam", _w, _b), sgd = Make("sgd momentum", _w, _b);
        SetGradients(_w, _b, 0);
        adam.Step();
        SafetensorsWriter.Write(_folder["adam"], adam.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)));
        SafetensorsWriter.Write(_folder["shape"],
            [SafetensorsEntry.FromValues<float>("momentum_buffer.w", DType.Float32, [6], new float[6]),
             SafetensorsEntry.FromValues<double>("learning_rate.0", DType.Float64, [], new double[] { 1 })]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["adam"]), shape = SafetensorsFile.Open(_folder["shape"]);
        Assert.Contains("'exp_avg.w'", Assert.Throws<TensorFileException>(() => sgd.LoadState(file.Tensors, "file")).Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", Assert.Throws<TensorFileException>(() => sgd.LoadState(shape.Tensors, "file")).Message, StringComparison.Ordinal);
        Assert.Throws<TensorFileException>(() => sgd.LoadState(new Dictionary<string, StoredTensor>(), "file"));
        var part = file.Tensors.Where(pair => pair.Key != "exp_avg_sq.w").ToDictionary();
        Assert.Throws<TensorFileException>(() => adam.LoadState(part, "file"));
        Assert.Equal(0.1, sgd.Groups[0].LearningRate);
    }

    [Fact]
    public void A_step_leaves_no_tensors_behind()
    {
        using Optimizer optimizer = Make("adam", _w, _b);
        long live = 0;
        for (int t = 0; t < 20; t++)
        {
            using (var scope = new TensorScope())
            {
                SetGradients(_w, _b, t);
                optimizer.Step();
                optimizer.ZeroGrad();
            }
            if (t == 10) live = Tensor.LiveCount;
        }
        Assert.Equal(live, Tensor.LiveCount);
        Assert.Null(_w.Grad);
    }

    [Fact]
    public void A_step_raises_the_version_of_each_parameter()
    {
        using var scope = new TensorScope();
        foreach (string name in Names)
        {
            using Optimizer optimizer = Make(name, _w, _b);
            SetGradients(_w, _b, 1);
            (long w, long b) = (_w.Version, _b.Version);
            optimizer.Step();
            Assert.True(_w.Version > w && _b.Version > b, name);
        }
    }

    [Fact]
    public void Gradients_are_not_changed_by_a_step()
    {
        using var scope = new TensorScope();
        foreach (string name in Names)
        {
            using Optimizer optimizer = Make(name, _w, _b);
            SetGradients(_w, _b, 1);
            float[] before = _w.Grad!.ToArray<float>();
            optimizer.Step();
            optimizer.Step();
            Assert.Equal(before, _w.Grad!.ToArray<float>());
        }
    }

    [Fact]
    public void Mistakes_are_named()
    {
        using var scope = new TensorScope();
        Assert.Throws<ArgumentException>(() => new Sgd([]));
        Assert.Throws<ArgumentException>(() => new ParameterGroup([], 0.1));
        Assert.Throws<ArgumentException>(() => new ParameterGroup([("x", Tensor.Zeros([2]))], 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParameterGroup([("w", _w)], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ParameterGroup([("w", _w)], double.NaN));
        Assert.Throws<ArgumentException>(() => new Sgd([new([("w", _w)], 1), new([("w", _b)], 1)]));
        Assert.Throws<ArgumentException>(() => new Sgd([new([("w", _w)], 1), new([("v", _w)], 1)]));
        Assert.Throws<ArgumentException>(() => new Sgd([new([("w", _w)], 1)], new SgdOptions { Nesterov = true }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SgdOptions { Momentum = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamOptions { Epsilon = 0 });
    }
}
