namespace Fovea.Torch.Nn;

/// <summary>Layer normalisation: the last dimension of each position to mean 0 and variance 1, then a learned scale and shift.</summary>
/// <remarks>Ba, Kiros, Hinton: "Layer Normalization" (2016). Training and evaluation are the same.</remarks>
public sealed class LayerNorm : Layer
{
    /// <summary>Normalises so many numbers at a time.</summary>
    /// <param name="features">Size of the input's last dimension.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public LayerNorm(long features, double epsilon = 1e-5)
    {
        Epsilon = epsilon;
        Weight = Parameter("weight", Tensor.Ones([features]));
        Bias = Parameter("bias", Tensor.Zeros([features]));
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Scale, one for each feature.</summary>
    public Tensor Weight { get; }

    /// <summary>Shift, one for each feature.</summary>
    public Tensor Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Operators.LayerNorm.Call(input, Weight.Shape.ToArray(), Weight, Bias, Epsilon, true);
}
