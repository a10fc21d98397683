using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Quantization;
using Fovea.Torch.Serialization;

namespace Fovea.Quantization;

/// <summary>The ends of a quantised part's ranges, as a checkpoint's metadata keep them: see <see cref="PartRanges"/>.</summary>
public sealed record QuantizedPart
{
    /// <summary>Low and high.</summary>
    public required double[] Input { get; init; }

    /// <summary>Low and high; or null.</summary>
    public double[]? Output { get; init; }

    /// <summary>Low and high; or null.</summary>
    public double[]? Activated { get; init; }

    /// <summary>Whether the output is given as integers.</summary>
    public bool StaysInteger { get; init; }

    internal static QuantizedPart Of(PartRanges ranges) => new()
    {
        Input = Ends(ranges.Input), Output = ranges.Output is { } output ? Ends(output) : null,
        Activated = ranges.Activated is { } activated ? Ends(activated) : null, StaysInteger = ranges.StaysInteger,
    };

    internal PartRanges ToRanges() => new(Range(Input), Output is null ? null : Range(Output))
    {
        Activated = Activated is null ? null : Range(Activated), StaysInteger = StaysInteger,
    };

    private static double[] Ends(ValueRange range) => [range.Low, range.High];

    private static ValueRange Range(double[] ends) => ends is [var low, var high] ? new ValueRange(low, high)
        : throw new ArgumentException($"A range has two ends, but {ends.Length} arrived.");
}

/// <summary>A quantised network's state: 8-bit weights with their scales under the layers' names (NAME.weight int8, NAME.weight_scale and
/// NAME.bias float32, batch norm folded in), everything else as in float32.</summary>
public static class QuantizedState
{
    /// <summary>The tensors of a file. Those that are made here belong to the scope that is open.</summary>
    /// <param name="network">In float32: it stays as it is.</param>
    /// <param name="ranges">From <see cref="Calibration.Of"/>.</param>
    public static IReadOnlyList<(string Name, Tensor Value)> Of(Module network, IReadOnlyDictionary<string, PartRanges> ranges)
    {
        var state = new List<(string, Tensor)>();
        var replaced = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        foreach ((string name, IQuantizable part) in QuantizedNetwork.PartsOf(network).Where(entry => ranges.ContainsKey(entry.Name)))
        {
            replaced.UnionWith(part.Replaced);
            if (part.ToChannelWeights() is not { } weights) continue;
            // Clones, which the open scope releases; the weights themselves belong to none.
            using (weights)
            {
                state.Add(($"{name}.weight", weights.Values.Clone()));
                state.Add(($"{name}.weight_scale", weights.Scales.Clone()));
                if (weights.Bias is { } bias) state.Add(($"{name}.bias", bias.Clone()));
            }
        }
        state.AddRange(network.StateDict().Where(entry => !replaced.Contains(entry.Value)));
        return state;
    }

    /// <summary>From now on a network runs in 8-bit integers.</summary>
    /// <param name="network">In float32.</param>
    /// <param name="ranges">From <see cref="Calibration.Of"/>.</param>
    public static void Apply(Module network, IReadOnlyDictionary<string, PartRanges> ranges)
    {
        foreach ((string name, IQuantizable part) in QuantizedNetwork.PartsOf(network))
            if (ranges.TryGetValue(name, out PartRanges? own)) part.Quantize(own, part.ToChannelWeights());
    }

    /// <summary>Fills a network from a file's tensors, strictly.</summary>
    /// <param name="network">A new one, in float32.</param>
    /// <param name="parts">The quantised parts, by name.</param>
    /// <param name="tensors">All of the network's tensors.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TensorFileException">A part is not the network's, or its weights or ranges cannot be used.</exception>
    /// <exception cref="StateMismatchException">Another tensor is missing, unexpected or of another shape.</exception>
    internal static void Load(Module network, IReadOnlyDictionary<string, QuantizedPart> parts,
        IReadOnlyDictionary<string, StoredTensor> tensors, string path)
    {
        Dictionary<string, IQuantizable> own = QuantizedNetwork.PartsOf(network).ToDictionary(entry => entry.Name, entry => entry.Part);
        var replaced = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        var taken = new HashSet<string>();
        foreach ((string name, QuantizedPart part) in parts)
        {
            if (!own.TryGetValue(name, out IQuantizable? target))
                throw new TensorFileException(path, $"it has 8-bit numbers of {Name(name)}, which this network does not have.");
            try
            {
                ChannelWeights? weights = target.Replaced.Count == 0 ? null : Weights(name);
                target.Quantize(part.ToRanges(), weights);
            }
            catch (ArgumentException error)
            {
                throw new TensorFileException(path, $"its 8-bit numbers of {Name(name)} cannot be used: {error.Message}", error);
            }
            replaced.UnionWith(target.Replaced);
        }
        IEnumerable<string> floats = network.StateDict().Where(entry => replaced.Contains(entry.Value)).Select(entry => entry.Name);
        HashSet<string> left = [.. taken, .. floats];
        network.LoadState(tensors, path, left.Contains);

        ChannelWeights Weights(string name)
        {
            using var scope = new TensorScope();
            Tensor values = Stored($"{name}.weight"), scales = Stored($"{name}.weight_scale");
            return new ChannelWeights(values, scales, tensors.ContainsKey($"{name}.bias") ? Stored($"{name}.bias") : null);
        }

        Tensor Stored(string name)
        {
            taken.Add(name);
            return tensors.TryGetValue(name, out StoredTensor? stored) ? stored.ToTensor().Clone()
                : throw new TensorFileException(path, $"it lacks {Name(name)}.");
        }
    }

    private static string Name(string name) => $"'{string.Concat(name.Take(60).Where(c => !char.IsControl(c)))}'";
}
