using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>EfficientNet and EfficientNetV2: inverted residuals with squeeze-and-excitation, scaled in width, depth and picture size
/// together.</summary>
/// <remarks>Tan and Le: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (ICML 2019), section 4, table 1; Tan and
/// Le: "EfficientNetV2: Smaller Models and Faster Training" (ICML 2021), section 3.3, table 4, whose early stages are Fused-MBConv. The
/// last map has the 1x1 convolution's channels. The chance of stochastic depth rises by block, to just below the number given at the
/// last. Parameter names and initial weights are torchvision's.</remarks>
public sealed class EfficientNet : Backbone
{
    private const double DefaultDepth = 0.2;

    private readonly FeatureChain _features;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="maps">Positions in "features" of the layers whose maps <see cref="Forward"/> gives, rising; null for the last one at
    /// each stride from 4 on.</param>
    public EfficientNet(EfficientNetDesign design, BackboneOptions options, Generator? generator = null, IReadOnlyList<int>? maps = null)
        : base(options)
    {
        using var scope = new TensorScope();
        var plan = new StridePlan(options.OutputStride);
        long channels = design.StemChannels;
        double depth = options.StochasticDepth ?? DefaultDepth;
        int block = 0, blocks = design.Stages.Sum(stage => stage.Blocks);
        plan.Next(2);
        var links = new List<ChainLink> { new(Brick(3, channels, 3, 2), channels, 2, plan.Stride) };
        foreach (EfficientNetStage stage in design.Stages)
        {
            var layers = new Layer[stage.Blocks];
            for (int i = 0; i < layers.Length; i++, block++)
            {
                int stride = i == 0 ? stage.Stride : 1;
                long expanded = ChannelCount.Round(channels * stage.Expansion);
                var shape = new InvertedResidualShape(channels, expanded, stage.Channels, stage.Kernel)
                {
                    Step = plan.Next(stride),
                    Shortcut = stride == 1 && channels == stage.Channels,
                    Activation = Activation.Silu,
                    Squeezed = stage.Fused ? 0 : Math.Max(1, channels / 4),
                    Excitation = (Activation.Silu, Activation.Sigmoid),
                    Fused = stage.Fused,
                    Depth = depth * block / blocks,
                };
                layers[i] = new InvertedResidual(shape, Norm, options.ZeroInitResidual, generator);
                channels = stage.Channels;
            }
            links.Add(new(new Sequential(layers), channels, stage.Stride, plan.Stride));
        }
        links.Add(new(Brick(channels, design.LastChannels, 1, 1), design.LastChannels, 1, plan.Stride));
        _features = Child("features", new FeatureChain(links, maps));
        InitialWeights.FanOut(this, generator);
        if (options.ClassCount is { } classes)
        {
            var last = new Linear(design.LastChannels, classes, generator: generator);
            _classifier = Child("classifier", new Sequential(new Dropout(options.Dropout ?? design.Dropout), last));
            double bound = 1 / Math.Sqrt(classes);
            Init.Uniform(last.Weight, -bound, bound, generator);
            Init.Constant(last.Bias!, 0);
        }

        Layer Norm(long count) => options.Norm(count, design.NormEpsilon, design.NormMomentum);
        ConvNormActivation Brick(long from, long to, long kernel, int stride) =>
            new(from, to, kernel, stride, Norm, Activation.Silu, generator: generator);
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
