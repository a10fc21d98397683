namespace Fovea.Torch.Nn;

/// <summary>Drops the whole branch of a residual block for some pictures of a batch while training, and scales it for the others so
/// that its mean stays.</summary>
/// <remarks>Huang et al.: "Deep Networks with Stochastic Depth" (ECCV 2016).</remarks>
/// <param name="probability">How often a picture's branch is dropped: 0 to 1.</param>
public sealed class StochasticDepth(double probability) : Layer
{
    /// <summary>How often a picture's branch is dropped.</summary>
    public double Probability => probability;

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        if (!Training || probability == 0) return input;
        long[] shape = [input.Size(0), .. Enumerable.Repeat(1L, input.Dim - 1)];
        return input * Functional.Dropout(Tensor.Ones(shape, input.DType, input.Device), probability, training: true);
    }
}
