using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>MobileNet: depthwise separable convolutions, 3x3 within each channel and 1x1 across channels.</summary>
/// <remarks>Howard et al.: "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications" (2017), section 3, table 1,
/// with the width multipliers of section 3.3. Batch norm and ReLU follow every convolution (figure 3). Table 1 gives the last depthwise
/// convolution a stride of 2, but the same map before and after it: the stride is 1. The paper leaves dropout open: none where not given.
/// Parameter names are in the manner of torchvision's later MobileNets: features.0 is the first convolution, features.i.0 a depthwise and
/// features.i.1 a 1x1 one; initial weights are theirs.</remarks>
public sealed class MobileNetV1 : Backbone
{
    // Channels, and the depthwise convolution's stride.
    private static readonly (int Channels, int Stride)[] Table =
    [
        (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
    ];

    private readonly FeatureChain _features;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="width">Width multiplier: 1, 0.75, 0.5 or 0.25 in the paper.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="maps">Positions in "features" of the layers whose maps <see cref="Forward"/> gives, rising; null for the last one at
    /// each stride from 4 on.</param>
    public MobileNetV1(double width, BackboneOptions options, Generator? generator = null, IReadOnlyList<int>? maps = null) : base(options)
    {
        using var scope = new TensorScope();
        Check.Positive(width, nameof(width));
        var plan = new StridePlan(options.OutputStride);
        long channels = Thinned(32);
        plan.Next(2);
        var links = new List<ChainLink> { new(Brick(3, channels, 3, (2, 1)), channels, 2, plan.Stride) };
        foreach ((int wide, int stride) in Table)
        {
            long outChannels = Thinned(wide);
            var pair = new Sequential(Brick(channels, channels, 3, plan.Next(stride), channels), Brick(channels, outChannels, 1, (1, 1)));
            channels = outChannels;
            links.Add(new(pair, channels, stride, plan.Stride));
        }
        _features = Child("features", new FeatureChain(links, maps));
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", new Sequential(new Dropout(options.Dropout ?? 0),
                new Linear(channels, classes, generator: generator)));
        InitialWeights.FanOut(this, generator);
        InitialWeights.NormalLinear(this, 0.01, generator);

        long Thinned(int count) => Math.Max(1, (long)(count * width));
        ConvNormActivation Brick(long from, long to, long kernel, (long Stride, long Dilation) step, long groups = 1) =>
            new(from, to, kernel, step.Stride, count => options.Norm(count), Activation.Relu, groups, step.Dilation, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _features.Stages;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.1."];

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images) => _features.Maps(images);

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(_features.Pooled(images));
}
