using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>SSDLite's backbone: MobileNetV3 with half the channels in its last part, and extra layers of depthwise convolutions.</summary>
/// <remarks>Howard et al.: "Searching for MobileNetV3" (ICCV 2019), section 6.3: the first map is what the expansion of the last block with
/// a stride gives (C4), the second the last layer before pooling (C5). Extra layers as Sandler et al.: "MobileNetV2" (CVPR 2018), section
/// 6.2. Parameter names, batch norm's numbers and initial weights are torchvision's.</remarks>
public sealed class SsdLiteBackbone : SsdBackbone
{
    /// <summary>Added to the variance in batch norm, here and in the heads.</summary>
    public const double Epsilon = 0.001;

    /// <summary>Weight of a new batch in batch norm's running statistics, here and in the heads.</summary>
    public const double Momentum = 0.03;

    private static readonly long[] ExtraChannels = [512, 256, 256, 128];

    private readonly Layer[] _layers;
    private readonly int _cut;
    private readonly Sequential[] _extra;

    /// <summary>A backbone.</summary>
    /// <param name="design">The network; torchvision's is the large one with its tail reduced.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SsdLiteBackbone(MobileNetV3Design design, BackboneOptions options, Generator? generator = null)
    {
        using var scope = new TensorScope();
        options = options with { BatchNormMomentum = options.BatchNormMomentum ?? Momentum };
        MobileNetV3 network = Own(new MobileNetV3(design, options, generator));
        _layers = [.. network.Body.Children.Select(child => (Layer)child.Module)];
        _cut = 1 + design.Rows.ToList().FindLastIndex(row => row.Stride == 2);          // the stem comes before the rows
        (string Name, Layer Layer)[] block =
            [.. _layers[_cut].Children.Single().Module.Children.Select(part => (part.Name, (Layer)part.Module))];
        Child("features", new Sequential(
            new Sequential([.. _layers[.._cut], block[0].Layer]),
            new Sequential([new Sequential(block[1..]), .. _layers[(_cut + 1)..]])));
        MobileNetV3Row last = design.Rows[_cut - 1];
        Channels = [last.Expanded, 6 * design.Rows[^1].Channels, .. ExtraChannels];
        _extra = [.. ExtraChannels.Select((channels, i) => Extra(Channels[i + 1], channels))];
        Child("extra", new ModuleList<Sequential>(_extra));
        StartAsNormal(this, generator);
        Stages =
        [
            new BackboneStage("c4", ["backbone.features.0."], last.Expanded, 16),
            new BackboneStage("c5", ["backbone.features.1."], Channels[1], 32),
        ];

        Sequential Extra(long from, long to) => new(
            Brick(from, to / 2, 1, 1, 1), Brick(to / 2, to / 2, 3, 2, to / 2), Brick(to / 2, to, 1, 1, 1));
        ConvNormActivation Brick(long from, long to, long kernel, long stride, long groups) => new(from, to, kernel, stride,
            count => options.Norm(count, Epsilon), Activation.Relu6, groups, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override long SmallestSide => 1;

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var block = (InvertedResidual)_layers[_cut];
        List<Tensor> maps = [block.Expand(Run(images.ChannelsLast(), _layers.AsSpan(.._cut)))];         // N,672,H/16,W/16
        Tensor contracted = block.Contract(maps[0]);
        maps.Add(Run(contracted, _layers.AsSpan((_cut + 1)..)));                                        // N,480,H/32,W/32
        foreach (Sequential extra in _extra) maps.Add(extra.Forward(maps[^1]));
        return scope.Keep([.. maps]);
    }

    private static Tensor Run(Tensor x, ReadOnlySpan<Layer> layers)
    {
        using var scope = new TensorScope();
        foreach (Layer layer in layers)
        {
            Tensor output = layer.Forward(x);
            scope.Release(x);
            x = output;
        }
        return scope.Keep(x);
    }
}
