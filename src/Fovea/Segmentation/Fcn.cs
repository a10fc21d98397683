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
/// weights take their place; those of a classifier fit unchanged, row by row.</remarks>
public sealed class Fcn : Segmenter
{
    private readonly FcnDesign _design;
    private readonly Backbone _backbone;
    private readonly ConvolutionUnit? _fc6, _fc7;
    private readonly Dropout _dropout;
    private readonly Conv2d _score;
    private readonly Skip? _pool4, _pool3;
    private readonly BilinearUpsampling _enlarge;
    private readonly long _offset;

    private Fcn(FcnDesign design, Backbone backbone, int stride, SegmenterOptions options, int width, Generator? generator)
        : base(options.ClassCount)
    {
        using var scope = new TensorScope();
        _design = design;
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
        _score = Child("score_fr", new Conv2d(channels, ClassCount, 1, generator: generator));
        Init.Normal(_score.Weight, 0, 0.01, generator);
        Init.Constant(_score.Bias!, 0);
        if (stride <= 16) _pool4 = Skipping("upscore2", "score_pool4", backbone.Features[^2].Channels, offset: 5);
        if (stride <= 8) _pool3 = Skipping("upscore_pool4", "score_pool3", backbone.Features[^3].Channels, offset: 9);
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
    public override IReadOnlyList<string> ClassLayers => ["score_fr.", "upscore2.", "score_pool4.", "upscore_pool4.", "score_pool3."];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(_design.Pad(images));
        for (int i = 0; i < maps.Length - 3; i++) scope.Release(maps[i]);                                       // the largest
        Tensor x = _design.LastPool > 0 ? Functional.MaxPool2d(maps[^1], _design.LastPool, 2) : maps[^1];       // pool5
        if (_fc6 is not null) x = _dropout.Forward(_fc7!.Forward(_dropout.Forward(_fc6.Forward(x))));
        else x = _dropout.Forward(x);
        Tensor scores = _score.Forward(x);                                                                      // N,K,H/32,W/32
        if (_pool4 is not null) scores = _pool4.Forward(scores, Functional.MaxPool2d(maps[^2], 2, 2));          // N,K,H/16,W/16
        if (_pool3 is not null) scores = _pool3.Forward(scores, Functional.MaxPool2d(maps[^3], 2, 2));          // N,K,H/8,W/8
        Tensor enlarged = _enlarge.Forward(scores);
        return scope.Keep((Tensor[])[enlarged.Slice(2, _offset, _offset + images.Size(2)).Slice(3, _offset, _offset + images.Size(3))]);
    }

    private ConvolutionUnit FullyConnected(string name, long channels, long width, long kernel, Generator? generator)
    {
        Conv2d convolution = Child(name, new Conv2d(channels, width, kernel, generator: generator));
        Init.KaimingNormal(convolution.Weight, generator: generator);
        Init.Constant(convolution.Bias!, 0);
        return Own(new ConvolutionUnit(convolution, activation: Activation.Relu));
    }

    private Skip Skipping(string enlarge, string score, long channels, long offset)
    {
        var skip = new Skip(Child(enlarge, new ConvTranspose2d(ClassCount, ClassCount, 4, 2, bias: false)),
            Child(score, new Conv2d(channels, ClassCount, 1)), offset);
        Init.Bilinear(skip.Enlarge.Weight);
        Init.Constant(skip.Score.Weight, 0);
        Init.Constant(skip.Score.Bias!, 0);
        return skip;
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
