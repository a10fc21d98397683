using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>What is common to all backbones. What is null is the network's own default.</summary>
public sealed record BackboneOptions
{
    /// <summary>Classes of the head, or null for a network without one.</summary>
    public int? ClassCount { get; init => field = value is null ? null : Check.Positive(value.Value); }

    /// <summary>Pixels of the picture to a pixel of the coarsest map: 32, or 16 or 8 by dilated convolutions in place of strides, where
    /// the network has them (Yu and Koltun: "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016).</summary>
    public int OutputStride { get; init => field = value is 8 or 16 or 32 ? value
        : throw new ArgumentOutOfRangeException(nameof(OutputStride), value, "OutputStride must be 8, 16 or 32."); } = 32;

    /// <summary>Batch norm with fixed statistics, scale and shift.</summary>
    public bool FrozenBatchNorm { get; init; }

    /// <summary>Added to the variance in batch norm.</summary>
    public double? BatchNormEpsilon { get; init => field = value is null ? null : Check.NotNegative(value.Value); }

    /// <summary>Weight of a new batch in batch norm's running statistics.</summary>
    public double? BatchNormMomentum { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Starts the last normalisation of every residual branch at zero, so that each block begins as the identity (Goyal et al.:
    /// "Accurate, Large Minibatch SGD", 2017, section 5.1).</summary>
    public bool ZeroInitResidual { get; init; }

    /// <summary>Chance that the head drops an input while training; that of the blocks in networks whose blocks drop (vision transformers,
    /// MLP-Mixer, wide ResNets for small pictures).</summary>
    public double? Dropout { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Chance that the last residual branch is skipped for a picture while training, rising linearly from none at the first
    /// (Huang et al.: "Deep Networks with Stochastic Depth", ECCV 2016).</summary>
    public double? StochasticDepth { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Sides of the square pictures of networks whose parameters depend on it (ViT, MLP-Mixer), in pixels.</summary>
    public int ImageSize { get; init => field = Check.Positive(value); } = 224;

    /// <summary>Whether networks that have auxiliary heads get them; they need <see cref="ClassCount"/>.</summary>
    public bool AuxiliaryHeads { get; init; } = true;

    /// <summary>Networks whose strides cannot be replaced by dilated convolutions take no other output stride than the default.</summary>
    /// <param name="network">What it is called, with its article.</param>
    internal void ExpectNoDilation(string network)
    {
        if (OutputStride != 32)
            throw new ArgumentException(
                $"OutputStride {OutputStride} arrived, but {network} has no strides that dilated convolutions could " +
                "replace: leave it at 32, the default.");
    }

    /// <summary>Makes the batch norm of so many channels as these options say.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">The network's own epsilon, where the options name none.</param>
    /// <param name="momentum">The network's own weight of a new batch in the running statistics, where the options name none.</param>
    public Layer Norm(long channels, double epsilon = 1e-5, double momentum = 0.1) => FrozenBatchNorm
        ? new FrozenBatchNorm2d(channels, BatchNormEpsilon ?? epsilon)
        : new BatchNorm2d(channels, BatchNormEpsilon ?? epsilon, BatchNormMomentum ?? momentum);
}
