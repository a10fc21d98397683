using Fovea.Torch.Quantization;

namespace Fovea.Torch.Nn;

/// <summary>Fully connected layer: ... x in to ... x out.</summary>
/// <remarks>Starts as PyTorch's: weights and bias uniform in +-1/sqrt(in).</remarks>
public sealed class Linear : Layer, IQuantizable
{
    private QuantizedArithmetic? _quantized;

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
    public PartRanges? Quantized => _quantized?.Ranges;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Replaced => Bias is null ? [Weight] : [Weight, Bias];

    /// <inheritdoc/>
    public ChannelWeights ToChannelWeights() => ChannelWeights.Of(Weight, Bias);

    /// <inheritdoc/>
    public void Quantize(PartRanges ranges, ChannelWeights? weights)
    {
        QuantizedNetwork.ExpectShape(weights, Weight);
        if (_quantized is { } before) before.Dispose();
        _quantized = Own(new QuantizedArithmetic(ranges, weights!, null, Activation.None));
    }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        if (_quantized is not null)
        {
            QuantizedNetwork.ExpectPrediction(this);
            return _quantized.Run(input);
        }
        if (QuantizationObserver.Current is not { } observer) return Functional.Linear(input, Weight, Bias);
        return observer.Run(this, [input], () =>
        {
            Tensor output = Functional.Linear(input, Weight, Bias);
            return (output, output);
        });
    }
}
