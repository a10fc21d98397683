using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>MobileNetV2: inverted residuals with linear bottlenecks.</summary>
/// <remarks>Sandler et al.: "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018), section 4, table 2. The last map has the
/// 1x1 convolution's 1280 channels. Parameter names and initial weights are torchvision's.</remarks>
public sealed class MobileNetV2 : Backbone
{
    // Expansion t, channels c, blocks n, stride s of the first.
    private static readonly (int T, int C, int N, int S)[] Table =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly FeatureChain _features;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="width">Width multiplier of all layers; of the last one only where it is above 1 (section 4).</param>
    /// <param name="maps">Positions in "features" of the layers whose maps <see cref="Forward"/> gives, rising; null for the last one at
    /// each stride from 4 on.</param>
    public MobileNetV2(BackboneOptions options, Generator? generator = null, double width = 1, IReadOnlyList<int>? maps = null)
        : base(options)
    {
        using var scope = new TensorScope();
        Check.Positive(width, nameof(width));
        var plan = new StridePlan(options.OutputStride);
        long channels = ChannelCount.Round(32 * width), last = ChannelCount.Round(1280 * Math.Max(1, width));
        int blocks = Table.Sum(row => row.N);
        plan.Next(2);
        var links = new List<ChainLink> { new(Brick(3, channels, 3, 2), channels, 2, plan.Stride) };
        foreach ((int t, int c, int n, int s) in Table)
        {
            long outChannels = ChannelCount.Round(c * width);
            for (int i = 0; i < n; i++)
            {
                int stride = i == 0 ? s : 1;
                var shape = new InvertedResidualShape(channels, t * channels, outChannels, Kernel: 3)
                {
                    Step = plan.Next(stride),
                    Shortcut = stride == 1 && channels == outChannels,
                    Depth = (options.StochasticDepth ?? 0) * (links.Count - 1) / (blocks - 1),
                    FlatNames = true,
                };
                channels = outChannels;
                links.Add(new(new InvertedResidual(shape, Norm, options.ZeroInitResidual, generator), channels, stride, plan.Stride));
            }
        }
        links.Add(new(Brick(channels, last, 1, 1), last, 1, plan.Stride));
        _features = Child("features", new FeatureChain(links, maps));
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", new Sequential(new Dropout(options.Dropout ?? 0.2),
                new Linear(last, classes, generator: generator)));
        InitialWeights.FanOut(this, generator);
        InitialWeights.NormalLinear(this, 0.01, generator);

        Layer Norm(long count) => options.Norm(count);
        ConvNormActivation Brick(long from, long to, long kernel, int stride) =>
            new(from, to, kernel, stride, Norm, Activation.Relu6, generator: generator);
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
