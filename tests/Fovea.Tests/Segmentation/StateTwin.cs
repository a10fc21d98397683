using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Segmentation;

/// <summary>A network's numbers by their names, for writing it out once more in plain operators.</summary>
internal sealed class StateTwin
{
    private readonly Dictionary<string, Tensor> _state;

    /// <summary>Sets every batch norm to statistics, scales and shifts of its own, so that none can be left out, and every bias to
    /// something.</summary>
    public StateTwin(Module network, Generator generator)
    {
        using var noGrad = new NoGrad();
        _state = network.StateDict().ToDictionary();
        foreach ((string name, Tensor value) in _state)
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal)) Init.Uniform(value, 0.5, 1.5, generator);
            else if (value.Dim == 1) Init.Normal(value, name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0, 0.2, generator);
        }
    }

    /// <summary>A convolution with the bias that it has, or none; the padding keeps the size of odd kernels.</summary>
    public Tensor Convolve(Tensor input, string name, long dilation = 1)
    {
        Tensor weight = _state[$"{name}.weight"];
        long[] padding = [weight.Size(2) / 2 * dilation, weight.Size(3) / 2 * dilation];
        return Functional.Conv2d(input, weight, _state.GetValueOrDefault($"{name}.bias"), [1, 1], padding, [dilation, dilation]);
    }

    /// <summary>Convolution, batch norm and ReLU, named "0" and "1", or from another number on.</summary>
    public Tensor Brick(Tensor input, string name, long dilation = 1, int first = 0)
    {
        Tensor x = Convolve(input, $"{name}.{first}", dilation);
        Tensor scale = Channel("weight") * (Channel("running_var") + 1e-5).Pow(-0.5);
        return ((x - Channel("running_mean")) * scale + Channel("bias")).Relu();

        Tensor Channel(string part) => _state[$"{name}.{first + 1}.{part}"].View(1, -1, 1, 1);
    }

    /// <summary>A transposed convolution of 4 x 4 that doubles the size.</summary>
    public Tensor Double(Tensor input, string name) =>
        Functional.ConvTranspose2d(input, _state[$"{name}.weight"], null, [2, 2], [1, 1], [0, 0]);

    /// <summary>What a network gives, compared with what was expected.</summary>
    public static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        double largest = expected.Abs().Max().Item();
        Assert.True(largest > 0.05, $"the scores say nothing: they reach to {largest}");
        Assert.InRange((actual - expected).Abs().Max().Item(), 0, 1e-4 * largest);
    }
}
