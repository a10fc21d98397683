namespace Fovea.Torch.Nn;

/// <summary>Fully connected layer: ... x in to ... x out.</summary>
/// <remarks>Starts as PyTorch's: weights and bias uniform in +-1/sqrt(in).</remarks>
public sealed class Linear : Layer
{
    /// <summary>A layer of the given widths.</summary>
    public Linear(long inFeatures, long outFeatures, bool bias = true, Generator? generator = null)
    {
        double bound = 1 / Math.Sqrt(inFeatures);
        Weight = Parameter("weight", Tensor.Empty([outFeatures, inFeatures]).UniformInPlace(-bound, bound, generator));
        if (bias) Bias = Parameter("bias", Tensor.Empty([outFeatures]).UniformInPlace(-bound, bound, generator));
    }

    /// <summary>out x in.</summary>
    public Tensor Weight { get; }

    /// <summary>out, or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.Linear(input, Weight, Bias);
}
