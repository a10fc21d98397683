using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Layers;

public class SqueezeExcitationTests
{
    /// <summary>Means 2 and 10; fc1 makes 2 - 1.5 of them, ReLU keeps it; fc2 makes 1 and -2: gates of 4/6 and 1/6, or their
    /// sigmoids.</summary>
    [Theory]
    [InlineData(Activation.HardSigmoid, 4.0 / 6, 1.0 / 6)]
    [InlineData(Activation.Sigmoid, 0.7310585786, 0.1192029220)]
    public void ChannelsAreGatedAsWorkedByHand(Activation gate, double first, double second)
    {
        using var scope = new TensorScope();
        using SqueezeExcitation layer = Create(Activation.Relu, gate);
        float[] pixels = [1, 3, 5, 15];
        double[] expected = [1 * first, 3 * first, 5 * second, 15 * second];
        AssertClose(expected, layer.Forward(Tensor.From<float>(pixels, [1, 2, 1, 2])));
        layer.Train(false);
        using var noGrad = new NoGrad();
        AssertClose(expected, layer.Forward(Tensor.From<float>(pixels, [1, 2, 1, 2])));
    }

    /// <summary>A first layer that gives -0.5 is cut to zero by ReLU, not by SiLU.</summary>
    [Fact]
    public void TheFirstActivationIsTheOneGiven()
    {
        using var scope = new TensorScope();
        using SqueezeExcitation relu = Create(Activation.Relu, Activation.Sigmoid), silu = Create(Activation.Silu, Activation.Sigmoid);
        Tensor Zeroed(SqueezeExcitation layer) => layer.Forward(Tensor.From<float>([-1, -3, -5, -15], [1, 2, 1, 2]));
        AssertClose([-0.5, -1.5, -2.5, -7.5], Zeroed(relu));
        double inner = -0.5 / (1 + Math.Exp(0.5)), first = 1 / (1 + Math.Exp(-2 * inner)), second = 1 / (1 + Math.Exp(4 * inner));
        AssertClose([-first, -3 * first, -5 * second, -15 * second], Zeroed(silu));
    }

    private static SqueezeExcitation Create(Activation activation, Activation gate)
    {
        var layer = new SqueezeExcitation(2, 1, activation, gate);
        Dictionary<string, Tensor> state = layer.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        Init.Constant(state["fc1.bias"], 0);
        Init.Constant(state["fc2.bias"], 0);
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        state["fc1.weight"].CopyInPlace(Tensor.From<float>([1, -0.15f], [1, 2, 1, 1]));
        state["fc2.weight"].CopyInPlace(Tensor.From<float>([2, -4], [2, 1, 1, 1]));
        return layer;
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        float[] values = actual.Contiguous().ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], 1e-5);
    }
}
