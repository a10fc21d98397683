namespace Fovea.Torch.Nn;

/// <summary>What is done to each number after a layer.</summary>
public enum Activation
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>max(x, 0).</summary>
    Relu,
    /// <summary>min(max(x, 0), 6): Howard et al., "MobileNets" (2017).</summary>
    Relu6,
    /// <summary>x where positive, x / 10 elsewhere: Darknet's.</summary>
    LeakyRelu,
    /// <summary>x times the hard sigmoid: Howard et al., "Searching for MobileNetV3" (ICCV 2019), section 5.2.</summary>
    HardSwish,
    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    HardSigmoid,
    /// <summary>x times its sigmoid (swish): Ramachandran, Zoph, Le, "Searching for Activation Functions" (2017).</summary>
    Silu,
    /// <summary>x times the normal distribution's function at x: Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016).</summary>
    Gelu,
    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,
}

/// <summary>An activation as a layer, for networks that name it or are described layer by layer.</summary>
/// <param name="kind">Which one.</param>
public sealed class ActivationLayer(Activation kind) : Layer
{
    /// <summary>Which one.</summary>
    public Activation Kind => kind;

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => input.Activate(kind);
}

/// <summary>Activations as functions.</summary>
public static class ActivationFunctions
{
    private const double DarknetSlope = 0.1;

    private static readonly Operator Relu6InPlace = new("aten::hardtanh_"), LeakyReluInPlace = new("aten::leaky_relu_"),
        HardSwish = new("aten::hardswish"), HardSwishInPlace = new("aten::hardswish_"),
        HardSigmoid = new("aten::hardsigmoid"), HardSigmoidInPlace = new("aten::hardsigmoid_"), Silu = new("aten::silu"),
        SiluInPlace = new("aten::silu_"), Gelu = new("aten::gelu"), GeluInPlace = new("aten::gelu_"),
        SigmoidInPlace = new("aten::sigmoid_");

    /// <summary>The activation of each element, in place wherever no gradient is lost by it: the caller gives its tensor away.</summary>
    /// <param name="tensor">Any shape. What made it must not need it for its own gradient, as convolutions and normalisations do
    /// not.</param>
    /// <param name="kind">Which activation.</param>
    public static Tensor Activate(this Tensor tensor, Activation kind)
    {
        // ReLUs of all kinds find their gradients in what they gave; the others need what they were given.
        bool recorded = GradMode.IsEnabled;
        switch (kind)
        {
            case Activation.None: return tensor;
            case Activation.Relu: return tensor.ReluInPlace();
            case Activation.Relu6: Relu6InPlace.Do(tensor, 0.0, 6.0); return tensor;
            case Activation.LeakyRelu: LeakyReluInPlace.Do(tensor, DarknetSlope); return tensor;
            case Activation.HardSwish when recorded: return HardSwish.Call(tensor);
            case Activation.HardSwish: HardSwishInPlace.Do(tensor); return tensor;
            case Activation.HardSigmoid when recorded: return HardSigmoid.Call(tensor);
            case Activation.HardSigmoid: HardSigmoidInPlace.Do(tensor); return tensor;
            case Activation.Silu when recorded: return Silu.Call(tensor);
            case Activation.Silu: SiluInPlace.Do(tensor); return tensor;
            case Activation.Gelu when recorded: return Gelu.Call(tensor);
            case Activation.Gelu: GeluInPlace.Do(tensor); return tensor;
            case Activation.Sigmoid when recorded: return tensor.Sigmoid();
            case Activation.Sigmoid: SigmoidInPlace.Do(tensor); return tensor;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a known activation.");
        }
    }
}
