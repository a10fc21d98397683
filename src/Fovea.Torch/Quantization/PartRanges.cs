namespace Fovea.Torch.Quantization;

/// <summary>With which numbers a part of a network is run in 8-bit integers.</summary>
/// <param name="Input">What it is given.</param>
/// <param name="Output">What its integer arithmetic gives: with a ReLU, which costs nothing there, and before any other activation. Null
/// where the part computes in float32 with its 8-bit weights: the layer whose numbers are the network's answer.</param>
public sealed record PartRanges(ValueRange Input, ValueRange? Output)
{
    /// <summary>What a hard swish makes of it; null where the part has none.</summary>
    public ValueRange? Activated { get; init; }

    /// <summary>Whether everything that takes the part's output takes it as integers. Otherwise it is given in float32.</summary>
    public bool StaysInteger { get; init; }
}

/// <summary>A part of a network that can be run in 8-bit integers.</summary>
/// <remarks>A part takes float32, which it turns into integers of its range, or integers (<see cref="DType.QUInt8"/>) as they
/// come.</remarks>
public interface IQuantizable
{
    /// <summary>With what it was quantised; null while it is run in float32.</summary>
    PartRanges? Quantized { get; }

    /// <summary>The tensors of its network's state that 8-bit weights replace; none where it has no weights.</summary>
    IReadOnlyList<Tensor> Replaced { get; }

    /// <summary>Its weights in 8 bits, with a normalisation that follows as part of them; null where it has none.</summary>
    ChannelWeights? ToChannelWeights();

    /// <summary>From now on the part is run in 8-bit integers, at prediction only.</summary>
    /// <param name="ranges">With which numbers.</param>
    /// <param name="weights">Its weights, which it takes over; null where it has none.</param>
    /// <exception cref="ArgumentException">The weights are not of the part's shape.</exception>
    void Quantize(PartRanges ranges, ChannelWeights? weights);
}
