using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>A row of MobileNetV3's tables.</summary>
/// <param name="Kernel">Height and width of the depthwise window.</param>
/// <param name="Expanded">"exp size".</param>
/// <param name="Channels">"#out".</param>
/// <param name="Squeeze">"SE".</param>
/// <param name="HardSwish">"NL": h-swish instead of ReLU.</param>
/// <param name="Stride">"s".</param>
public sealed record MobileNetV3Row(int Kernel, int Expanded, int Channels, bool Squeeze, bool HardSwish, int Stride);

/// <summary>Which MobileNetV3: the rows of its table.</summary>
/// <param name="Rows">The blocks.</param>
/// <param name="HeadChannels">Channels between the two layers of the head.</param>
public sealed record MobileNetV3Design(IReadOnlyList<MobileNetV3Row> Rows, int HeadChannels)
{
    /// <summary>MobileNetV3-Large: Howard et al. 2019, table 1.</summary>
    public static MobileNetV3Design Large { get; } = new(
    [
        new(3, 16, 16, false, false, 1), new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1),
        new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1), new(5, 120, 40, true, false, 1),
        new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1),
        new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ], 1280);

    /// <summary>MobileNetV3-Small: Howard et al. 2019, table 2.</summary>
    public static MobileNetV3Design Small { get; } = new(
    [
        new(3, 16, 16, true, false, 2), new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1), new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1), new(5, 576, 96, true, true, 1),
    ], 1024);

    /// <summary>With half the channels from the last stride on, for detection and segmentation: Howard et al. 2019, section 6.3.</summary>
    public MobileNetV3Design WithReducedTail()
    {
        int last = Rows.Count - 1;
        while (Rows[last].Stride == 1) last--;
        return new([.. Rows.Select((row, i) => i < last ? row
            : row with { Channels = row.Channels / 2, Expanded = i == last ? row.Expanded : row.Expanded / 2 })], HeadChannels / 2);
    }
}

/// <summary>MobileNetV3: inverted residuals found by search, with squeeze-and-excitation and h-swish where they pay.</summary>
/// <remarks>Howard et al.: "Searching for MobileNetV3" (ICCV 2019), section 5, tables 1 and 2. Where dilation stands in place of a stride,
/// the block that had it is dilated too, as in torchvision's segmentation networks. The last map has the 1x1 convolution's channels; that
/// before it, of the last block, is to be had by its position. Parameter names and initial weights are torchvision's.</remarks>
public sealed class MobileNetV3 : Backbone
{
    private readonly FeatureChain _features;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="maps">Positions in "features" of the layers whose maps <see cref="Forward"/> gives, rising; null for the last one at
    /// each stride from 4 on.</param>
    public MobileNetV3(MobileNetV3Design design, BackboneOptions options, Generator? generator = null, IReadOnlyList<int>? maps = null)
        : base(options)
    {
        using var scope = new TensorScope();
        var plan = new StridePlan(options.OutputStride);
        long channels = 16;
        ConvNormActivation Brick(long from, long to, long kernel, int stride) =>
            new(from, to, kernel, stride, Norm, Activation.HardSwish, generator: generator);
        plan.Next(2);
        var links = new List<ChainLink> { new(Brick(3, channels, 3, 2), channels, 2, plan.Stride) };
        foreach (MobileNetV3Row row in design.Rows)
        {
            (long stride, _) = plan.Next(row.Stride);
            var shape = new InvertedResidualShape(channels, row.Expanded, row.Channels, row.Kernel)
            {
                Step = (stride, plan.Dilation),
                Shortcut = row.Stride == 1 && channels == row.Channels,
                Activation = row.HardSwish ? Activation.HardSwish : Activation.Relu,
                Squeezed = row.Squeeze ? ChannelCount.Round(row.Expanded / 4) : 0,
                Excitation = (Activation.Relu, Activation.HardSigmoid),
                Depth = (options.StochasticDepth ?? 0) * (links.Count - 1) / Math.Max(1, design.Rows.Count - 1),
            };
            channels = row.Channels;
            links.Add(new(new InvertedResidual(shape, Norm, options.ZeroInitResidual, generator), channels, row.Stride, plan.Stride));
        }
        links.Add(new(Brick(channels, 6 * channels, 1, 1), 6 * channels, 1, plan.Stride));
        _features = Child("features", new FeatureChain(links, maps));
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", new Sequential(new Linear(6 * channels, design.HeadChannels, generator: generator),
                new ActivationLayer(Activation.HardSwish), new Dropout(options.Dropout ?? 0.2),
                new Linear(design.HeadChannels, classes, generator: generator)));
        InitialWeights.FanOut(this, generator);
        InitialWeights.NormalLinear(this, 0.01, generator);

        Layer Norm(long count) => options.Norm(count, epsilon: 0.001, momentum: 0.01);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _features.Stages;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.3."];

    /// <inheritdoc/>
    public override Module Body => _features;

    /// <inheritdoc/>
    public override string BodyPrefix => "features.";

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images) => _features.Maps(images);

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(_features.Pooled(images));
}
