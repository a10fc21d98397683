using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>HRNetV2: the maps of all resolutions of an HRNet, joined at the finest one, and a linear classifier on them.</summary>
/// <remarks>Wang, Sun, Cheng et al.: "Deep High-Resolution Representation Learning for Visual Recognition" (PAMI 2021), sections 3.4 and 5,
/// figure 4b: coarse maps are enlarged bilinearly, and a 1x1 convolution mixes the 15C channels. As in the authors' program it keeps all
/// of them and has batch norm and ReLU, and scores at 1/4 of the picture are enlarged bilinearly. Weights of the mixing convolution begin
/// by He et al. (2015), fan-in mode, where the program has a normal distribution of deviation 0.001.</remarks>
public sealed class HrNetV2 : Segmenter
{
    private readonly Backbone _backbone;
    private readonly ConvNormActivation _mix;
    private readonly Conv2d _classifier;

    /// <summary>Puts the classifier on a backbone.</summary>
    /// <param name="backbone">A network without a head, whose first map is the finest: <see cref="HrNet"/> in the paper.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public HrNetV2(Backbone backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        long channels = backbone.Features.Sum(stage => stage.Channels);
        _backbone = Child("backbone", backbone);
        _mix = Child("mix", new ConvNormActivation(channels, channels, 1, 1, c => new BatchNorm2d(c), generator: generator));
        _classifier = Child("classifier", new Conv2d(channels, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(_mix, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor map = JoinedMaps.AtFirst(_backbone.Forward(images));                     // N,15C,H/4,W/4
        return [scope.Keep(_classifier.Forward(_mix.Forward(map)))];
    }
}
