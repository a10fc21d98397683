using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>A network that tells the class of every pixel, with the way pictures become its input.</summary>
/// <param name="network">The network.</param>
/// <param name="transform">How pictures become batches.</param>
public sealed class SegmentationModel(Segmenter network, SegmentationTransform transform) : IDisposable
{
    /// <summary>The network, heads included.</summary>
    public Segmenter Network { get; } = network;

    /// <summary>How pictures become batches.</summary>
    public SegmentationTransform Transform { get; } = transform;

    /// <summary>Number of classes, K.</summary>
    public int ClassCount => Network.ClassCount;

    /// <summary>Number of classes of the second map, or 0.</summary>
    public int SecondClassCount => Network.SecondClassCount;

    /// <summary>Probabilities of the classes at every pixel: N x K x H x W. Call <see cref="Module.Train"/>(false) on the network before,
    /// once.</summary>
    /// <param name="pixels">N x 3 x H x W, normalised; any H and W from 1 on.</param>
    public Tensor Predict(Tensor pixels)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        return scope.Keep(Network.Forward(pixels).To(DType.Float32).Softmax(1));
    }

    /// <summary>As <see cref="Predict"/>, for each map of classes: one, or two of networks with two heads.</summary>
    public Tensor[] PredictMaps(Tensor pixels)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        return scope.Keep((Tensor[])[.. Network.ForwardMaps(pixels).Select(scores => scores.To(DType.Float32).Softmax(1))]);
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => Network.Dispose();
}
