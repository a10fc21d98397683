using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What SSD looks at: a classification network and layers behind it, that give ever coarser maps.</summary>
/// <remarks>Liu et al.: "SSD: Single Shot MultiBox Detector" (ECCV 2016), section 2.1, "Multi-scale feature maps for detection".</remarks>
public abstract class SsdBackbone : Module
{
    /// <summary>Channels of the maps, from fine to coarse.</summary>
    public abstract IReadOnlyList<long> Channels { get; }

    /// <summary>The parts from the input on, for freezing; names begin with "backbone.".</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>The shortest side of a picture, in pixels, of which every map has at least one cell.</summary>
    public abstract long SmallestSide { get; }

    /// <summary>Normalised pictures N x 3 x H x W to the maps, each N x C x H' x W'.</summary>
    public abstract Tensor[] Forward(Tensor images);

    /// <summary>The same weights as at the start of torchvision's: uniform, for equal variances forward and backward (Glorot and Bengio,
    /// AISTATS 2010), and zero biases.</summary>
    internal static void StartAsXavier(Module layers, Generator? generator)
    {
        foreach (Conv2d convolution in layers.NamedModules().Select(entry => entry.Module).OfType<Conv2d>())
        {
            Init.XavierUniform(convolution.Weight, generator: generator);
            Init.Constant(convolution.Bias!, 0);
        }
    }

    /// <summary>Weights from a normal distribution of deviation 0.03, and zero biases: SSDLite's, as in torchvision.</summary>
    internal static void StartAsNormal(Module layers, Generator? generator)
    {
        foreach (Conv2d convolution in layers.NamedModules().Select(entry => entry.Module).OfType<Conv2d>())
        {
            Init.Normal(convolution.Weight, 0, 0.03, generator);
            if (convolution.Bias is { } bias) Init.Constant(bias, 0);
        }
    }
}
