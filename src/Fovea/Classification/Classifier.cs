using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Classification;

/// <summary>A network that tells what a picture shows, with the way pictures become its input.</summary>
/// <param name="network">A network with a head.</param>
/// <param name="transform">How pictures become batches.</param>
public sealed class Classifier(Backbone network, ClassificationTransform transform) : IDisposable
{
    /// <summary>The network, head included.</summary>
    public Backbone Network { get; } = network.ClassCount is not null ? network
        : throw new ArgumentException($"This {network.GetType().Name} has no head: build it with BackboneOptions.ClassCount.",
            nameof(network));

    /// <summary>How pictures become batches.</summary>
    public ClassificationTransform Transform { get; } = transform;

    /// <summary>Number of classes, K.</summary>
    public int ClassCount => Network.ClassCount!.Value;

    /// <summary>Probabilities of the classes: N x K. Call <see cref="Module.Train"/>(false) on the network before, once.</summary>
    /// <param name="pixels">N x 3 x S x S, normalised.</param>
    public Tensor Predict(Tensor pixels)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        return scope.Keep(Network.Classify(pixels).To(DType.Float32).Softmax(1));
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => Network.Dispose();
}
