using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SETR-Naive: a vision transformer's last state, two 1x1 convolutions, and enlarging in one step.</summary>
/// <remarks>Zheng et al. 2021 (<see cref="Setr"/>), section 3.2, "Naive upsampling (Naive)". Auxiliary heads of the same kind are on layers
/// 10, 15 and 20 (appendix). 256 channels between the convolutions, as in the authors' program.</remarks>
public sealed class SetrNaive : Setr
{
    private static readonly int[] Layers = [10, 15, 20];

    private readonly SetrHead _classifier;
    private readonly ModuleList<SetrHead> _auxiliary;

    /// <summary>Puts the decoder on an encoder.</summary>
    /// <param name="backbone">An encoder without a head, every layer of which gives a map at the same stride.</param>
    /// <param name="options">What is common to all segmenters; there is no dropout.</param>
    /// <param name="channels">Between the convolutions.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SetrNaive(Backbone backbone, SegmenterOptions options, int channels = 256, Generator? generator = null)
        : base(backbone, options, options.Auxiliary ? Layers : [])
    {
        SetrHead Head() => new(Width, channels, ClassCount, kernel: 1, generator: generator);
        _classifier = Child("classifier", Head());
        _auxiliary = Child("aux_classifiers", new ModuleList<SetrHead>((options.Auxiliary ? Layers : []).Select(_ => Head())));
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
        Tensor scores = _classifier.Forward(last);                                      // N,K,H/16,W/16
        return scope.Keep(auxiliary ? [scores, .. _auxiliary.Select((head, i) => head.Forward(looked[i]))] : [scores]);
    }
}
