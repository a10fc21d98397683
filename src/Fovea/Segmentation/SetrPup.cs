using System.Numerics;
using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SETR-PUP, progressive upsampling: a vision transformer's last state, doubled behind a 3x3 convolution again and again until it
/// is as large as the picture.</summary>
/// <remarks>Zheng et al. 2021 (<see cref="Setr"/>), section 3.2, figure 1b: four times for patches of 16 pixels, with 256 channels as in
/// the authors' program. Auxiliary heads with one such convolution are on layers 10, 15, 20 and 24 (appendix).</remarks>
public sealed class SetrPup : Setr
{
    private static readonly int[] Layers = [10, 15, 20, 24];

    private readonly SetrHead _classifier;
    private readonly ModuleList<SetrHead> _auxiliary;

    /// <summary>Puts the decoder on an encoder.</summary>
    /// <param name="backbone">An encoder without a head, every layer of which gives a map at the same stride, a power of two.</param>
    /// <param name="options">What is common to all segmenters; there is no dropout.</param>
    /// <param name="channels">Of the convolutions.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The stride is no power of two.</exception>
    public SetrPup(Backbone backbone, SegmenterOptions options, int channels = 256, Generator? generator = null)
        : base(backbone, options, options.Auxiliary ? Layers : [])
    {
        int stride = backbone.Features[^1].Stride;
        if (!BitOperations.IsPow2(stride))
            throw new ArgumentException($"An encoder with patches of {stride} pixels arrived: a power of two was expected, as its map is " +
                "doubled until it is as large as the picture.", nameof(backbone));
        _classifier = Child("classifier",
            new SetrHead(Width, channels, ClassCount, kernel: 3, doublings: BitOperations.Log2((uint)stride), generator));
        _auxiliary = Child("aux_classifiers", new ModuleList<SetrHead>((options.Auxiliary ? Layers : []).Select(_ =>
            new SetrHead(Width, channels, ClassCount, kernel: 3, generator: generator))));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers =>
        ["classifier.score.", .. _auxiliary.Select((_, i) => $"aux_classifiers.{i}.score.")];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => [.. _auxiliary.Select(_ => 0.4)];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        (Tensor last, Tensor[] looked) = Encode(images);
        Tensor scores = _classifier.Forward(last);                                      // N,K,H,W
        return scope.Keep(auxiliary ? [scores, .. _auxiliary.Select((head, i) => head.Forward(looked[i]))] : [scores]);
    }
}
