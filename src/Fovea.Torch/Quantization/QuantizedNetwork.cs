using Fovea.Torch.Nn;

namespace Fovea.Torch.Quantization;

/// <summary>Networks of which parts run in 8-bit integers.</summary>
public static class QuantizedNetwork
{
    /// <summary>The parts of a network that can be run in 8-bit integers, by the name of the convolution, fully connected layer or
    /// sum.</summary>
    public static IEnumerable<(string Name, IQuantizable Part)> PartsOf(Module network)
    {
        foreach ((string name, Module module) in network.NamedModules())
        {
            IQuantizable? part = module switch { Conv2d { Unit: { } unit } => unit, _ => module as IQuantizable };
            if (part is not null) yield return (name, part);
        }
    }

    /// <summary>Whether any part of a network runs in 8-bit integers.</summary>
    public static bool Is(Module network) => PartsOf(network).Any(entry => entry.Part.Quantized is not null);

    internal static void ExpectPrediction(Layer layer)
    {
        if (layer.Training || GradMode.IsEnabled)
            throw new InvalidOperationException("This network's weights are 8-bit integers: it can predict (Train(false), without " +
                "gradients), but not be trained. Train the float32 model that it was made from, and quantise that again.");
    }

    internal static void ExpectShape(ChannelWeights? weights, Tensor weight)
    {
        if (weights is null || !weights.Values.Shape.SequenceEqual(weight.Shape))
            throw new ArgumentException($"8-bit weights of shape [{string.Join(", ", weight.Shape)}] are needed, but " +
                $"{weights?.Values.Describe() ?? "none"} arrived.", nameof(weights));
    }
}
