using Fovea.Torch.Quantization;

namespace Fovea.Torch.Nn;

/// <summary>The end of a residual block: branch + shortcut, and what follows.</summary>
/// <remarks>A part of its own, though without state, so that maps in 8-bit integers can be added as they are.</remarks>
/// <param name="activation">Nothing or a ReLU.</param>
public sealed class ResidualSum(Activation activation = Activation.None) : Module, IQuantizable
{
    private readonly Activation _activation = activation is Activation.None or Activation.Relu ? activation
        : throw new ArgumentOutOfRangeException(nameof(activation), activation, "A sum is followed by nothing or by a ReLU.");

    /// <inheritdoc/>
    public PartRanges? Quantized { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Replaced => [];

    /// <summary>Adds the shortcut to the branch, in the branch's memory.</summary>
    /// <param name="branch">What a layer has just made: the caller gives it away.</param>
    /// <param name="shortcut">The same shape.</param>
    public Tensor Forward(Tensor branch, Tensor shortcut)
    {
        using var scope = new TensorScope();
        if (QuantizationObserver.Current is { } observer)
            return scope.Keep(observer.Run(this, [branch, shortcut], () =>
            {
                Tensor sum = (branch + shortcut).Activate(_activation);
                return (sum, sum);
            }));
        bool integers = branch.DType == DType.QUInt8, other = shortcut.DType == DType.QUInt8;
        if (integers && other && Quantized is { Output: { } range } ranges)
        {
            Tensor sum = QuantizedArithmetic.Add(branch, shortcut, range, _activation == Activation.Relu);
            return scope.Keep(ranges.StaysInteger ? sum : sum.Dequantize());
        }
        if (integers) branch = branch.Dequantize();
        return scope.Keep(branch.AddInPlace(other ? shortcut.Dequantize() : shortcut).Activate(_activation));
    }

    /// <inheritdoc/>
    public ChannelWeights? ToChannelWeights() => null;

    /// <inheritdoc/>
    public void Quantize(PartRanges ranges, ChannelWeights? weights) =>
        Quantized = weights is null ? ranges : throw new ArgumentException("A sum has no weights.", nameof(weights));
}
