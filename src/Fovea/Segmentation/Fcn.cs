using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>FCN-32s, FCN-16s and FCN-8s: a classification network whose fully connected layers have become convolutions, its coarse scores
/// enlarged; in 16s and 8s, added to scores from the maps after pool4 and pool3 on the way.</summary>
/// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), sections 4.1 and 4.2, figure 3.
/// Layers are called and cropped as in the authors' published networks. Scores from skips start at zero, and upscore layers as bilinear
/// interpolation, the last one fixed to it. The paper starts the scores of the coarsest map at zero too and found random ones no worse:
/// here they are random, so that every layer learns from the first step on. fc6 and fc7 start from He's distribution where no ImageNet
/// weights take their place; those of a classifier fit unchanged, row by row. With two heads (section 5, SIFT Flow: semantic and geometric
/// classes at once) all layers that score classes are there twice, and everything before them is shared.</remarks>
public sealed class Fcn : Segmenter
{
    // After the names of the layers that score the second map's classes.
    private const string Second = "_second";

    private static readonly string[] ScoringLayers = ["score_fr", "upscore2", "score_pool4", "upscore_pool4", "score_pool3"];

    private readonly FcnDesign _design;
    private readonly Backbone _backbone;
    private readonly ConvolutionUnit? _fc6, _fc7;
    private readonly Dropout _dropout;
    private readonly Scoring _first;
    private readonly Scoring? _second;
    private readonly int _stride;
    private readonly BilinearUpsampling _enlarge;
    private readonly long _offset;

    private Fcn(FcnDesign design, Backbone backbone, int stride, SegmenterOptions options, int width, Generator? generator)
        : base(options.ClassCount, options.SecondClassCount)
    {
        using var scope = new TensorScope();
        _design = design;
        _stride = stride;
        _backbone = Child("backbone", backbone);
        List<BackboneStage> stages = [.. backbone.Stages.Select(stage => stage.Under("backbone."))];
        long channels = backbone.Features[^1].Channels;
        if (design.HeadKernel > 0)
        {
            _fc6 = FullyConnected("fc6", channels, width, design.HeadKernel, generator);
            _fc7 = FullyConnected("fc7", channels = width, width, 1, generator);
            stages.AddRange([new("fc6", ["fc6."], width, 32, GivesMap: false), new("fc7", ["fc7."], width, 32, GivesMap: false)]);
        }
        Stages = stages;
        _dropout = Child("dropout", new Dropout(options.Dropout ?? design.Dropout));
        _first = ScoringOf("", ClassCount, channels, generator);
        if (SecondClassCount > 0) _second = ScoringOf(Second, SecondClassCount, channels, generator);
        (int kernel, _offset) = stride switch { 32 => (design.UpsamplingKernel, design.Offset), 16 => (32, 27), _ => (16, 31) };
        _enlarge = Child("upscore", new BilinearUpsampling(kernel, stride));
    }

    /// <summary>FCN on VGG.</summary>
    /// <param name="backbone">A VGG without a head, not dilated.</param>
    /// <param name="stride">Pixels of the picture to a pixel of the finest scores: 32, 16 or 8.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="width">Channels of fc6 and fc7: 4,096 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The stride is another one.</exception>
    public static Fcn OnVgg(Vgg backbone, int stride, SegmenterOptions options, int width = 4096, Generator? generator = null) =>
        stride is 32 or 16 or 8 ? new Fcn(FcnDesign.Vgg, backbone, stride, options, Check.Positive(width), generator)
            : throw new ArgumentOutOfRangeException(nameof(stride), stride, "FCN comes with a stride of 32, 16 or 8.");

    /// <summary>FCN-32s on AlexNet.</summary>
    /// <param name="backbone">An AlexNet without a head.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="width">Channels of fc6 and fc7: 4,096 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public static Fcn OnAlexNet(AlexNet backbone, SegmenterOptions options, int width = 4096, Generator? generator = null) =>
        new(FcnDesign.AlexNet, backbone, 32, options, Check.Positive(width), generator);

    /// <summary>FCN-32s on GoogLeNet, which has no fully connected layers but the last one.</summary>
    /// <param name="backbone">A GoogLeNet without a head.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public static Fcn OnGoogLeNet(GoogLeNet backbone, SegmenterOptions options, Generator? generator = null) =>
        new(FcnDesign.GoogLeNet, backbone, 32, options, 0, generator);

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => [.. ScoringLayers.SelectMany(name => (string[])[$"{name}.", $"{name}{Second}."])];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(_design.Pad(images));
        for (int i = 0; i < maps.Length - 3; i++) scope.Release(maps[i]);                                       // the largest
        Tensor x = _design.LastPool > 0 ? Functional.MaxPool2d(maps[^1], _design.LastPool, 2) : maps[^1];       // pool5
        if (_fc6 is not null) x = _dropout.Forward(_fc7!.Forward(_dropout.Forward(_fc6.Forward(x))));
        else x = _dropout.Forward(x);
        Tensor? pool4 = _stride <= 16 ? Functional.MaxPool2d(maps[^2], 2, 2) : null;
        Tensor? pool3 = _stride <= 8 ? Functional.MaxPool2d(maps[^3], 2, 2) : null;
        Tensor first = Enlarged(_first.Forward(x, pool4, pool3));
        return scope.Keep(_second is null ? (Tensor[])[first] : [first, Enlarged(_second.Forward(x, pool4, pool3))]);

        Tensor Enlarged(Tensor scores) =>
            _enlarge.Forward(scores).Slice(2, _offset, _offset + images.Size(2)).Slice(3, _offset, _offset + images.Size(3));
    }

    private Scoring ScoringOf(string ending, int classCount, long channels, Generator? generator)
    {
        Conv2d score = Child("score_fr" + ending, new Conv2d(channels, classCount, 1, generator: generator));
        Init.Normal(score.Weight, 0, 0.01, generator);
        Init.Constant(score.Bias!, 0);
        IReadOnlyList<BackboneStage> features = _backbone.Features;
        return new Scoring(score,
            _stride <= 16 ? Skipping("upscore2" + ending, "score_pool4" + ending, classCount, features[^2].Channels, offset: 5) : null,
            _stride <= 8 ? Skipping("upscore_pool4" + ending, "score_pool3" + ending, classCount, features[^3].Channels, offset: 9) : null);
    }

    private ConvolutionUnit FullyConnected(string name, long channels, long width, long kernel, Generator? generator)
    {
        Conv2d convolution = Child(name, new Conv2d(channels, width, kernel, generator: generator));
        Init.KaimingNormal(convolution.Weight, generator: generator);
        Init.Constant(convolution.Bias!, 0);
        return Own(new ConvolutionUnit(convolution, activation: Activation.Relu));
    }

    private Skip Skipping(string enlarge, string score, int classCount, long channels, long offset)
    {
        var skip = new Skip(Child(enlarge, new ConvTranspose2d(classCount, classCount, 4, 2, bias: false)),
            Child(score, new Conv2d(channels, classCount, 1)), offset);
        Init.Bilinear(skip.Enlarge.Weight);
        Init.Constant(skip.Score.Weight, 0);
        Init.Constant(skip.Score.Bias!, 0);
        return skip;
    }

    /// <summary>The layers that score the classes of one map.</summary>
    /// <param name="Coarsest">What scores the coarsest map.</param>
    /// <param name="Pool4">What adds the scores of the map after pool4, or null.</param>
    /// <param name="Pool3">What adds the scores of the map after pool3, or null.</param>
    private sealed record Scoring(Conv2d Coarsest, Skip? Pool4, Skip? Pool3)
    {
        /// <summary>Scores at the resolution of the finest map that is scored, before they are enlarged.</summary>
        public Tensor Forward(Tensor x, Tensor? pool4, Tensor? pool3)
        {
            Tensor scores = Coarsest.Forward(x);                                                                // N,K,H/32,W/32
            if (Pool4 is not null) scores = Pool4.Forward(scores, pool4!);                                      // N,K,H/16,W/16
            return Pool3 is not null ? Pool3.Forward(scores, pool3!) : scores;                                  // N,K,H/8,W/8
        }
    }

    /// <summary>Coarse scores enlarged twice, plus scores from a finer map.</summary>
    /// <param name="Enlarge">What enlarges.</param>
    /// <param name="Score">What scores the finer map.</param>
    /// <param name="Offset">Rows and columns of that map before those of the enlarged scores.</param>
    private sealed record Skip(ConvTranspose2d Enlarge, Conv2d Score, long Offset)
    {
        /// <summary>N x K x h x w and N x C x H x W to N x K x 2 h + 2 x 2 w + 2.</summary>
        public Tensor Forward(Tensor coarse, Tensor fine)
        {
            using var scope = new TensorScope();
            Tensor enlarged = Enlarge.Forward(coarse), scores = Score.Forward(fine);
            return scope.Keep(enlarged + scores.Slice(2, Offset, Offset + enlarged.Size(2)).Slice(3, Offset, Offset + enlarged.Size(3)));
        }
    }
}
