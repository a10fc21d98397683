using System.Globalization;
using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>SSD's own backbone: VGG-16 with its fully connected layers as convolutions, and extra layers.</summary>
/// <remarks>Liu et al.: "SSD: Single Shot MultiBox Detector" (ECCV 2016), section 3: the third pooling rounds up, the fifth is 3x3 of
/// stride 1, fc6 is dilated, and conv4_3 is scaled by its L2 norm to a learned length of 20 at first. Maps: conv4_3, fc7, and one of each
/// extra layer. Parameter names are torchvision's (scale_weight, features.0, extra.0.1, ...).</remarks>
public sealed class SsdVggBackbone : SsdBackbone
{
    private const int RoundingPool = 3, Dilation = 6, StartScale = 20;      // the pooling before block 3, counted from 0

    private readonly Vgg _vgg;
    private readonly Tensor _scale;
    private readonly SsdUnits _fullyConnected;
    private readonly SsdUnits[] _extra;
    private readonly IReadOnlyList<SsdExtraLayer> _layers;

    /// <summary>A backbone.</summary>
    /// <param name="design">The VGG network, without batch norm.</param>
    /// <param name="layers">The extra layers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SsdVggBackbone(VggDesign design, IReadOnlyList<SsdExtraLayer> layers, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _layers = layers;
        _vgg = Own(new Vgg(design, new BackboneOptions(), generator));
        long width = 8L * design.Width, wide = 2 * width;                   // 512 and 1024
        _scale = Parameter("scale_weight", Tensor.Full([width], StartScale));
        (string Name, Layer Layer)[] convolutions =
            [.. _vgg.Children.Single().Module.Children.Select(child => (child.Name, (Layer)child.Module))];
        int last = _vgg.Stages[^1].Parts.Count, first = Number(convolutions[^last].Name) - 1;       // with the pooling in front
        Child("features", new Sequential(convolutions[..^last]));
        _fullyConnected = new SsdUnits(
        [
            ("1", new Conv2d(width, wide, 3, padding: Dilation, dilation: Dilation, generator: generator)),
            ("3", new Conv2d(wide, wide, 1, generator: generator)),
        ]);
        (string Name, Layer Layer)[] fifth =
            [.. convolutions[^last..].Select(layer => ($"{Number(layer.Name) - first}", layer.Layer))];
        int after = Number(fifth[^1].Name) + 2;                          // behind the last ReLU
        long[] channels = [wide, .. layers.Select(layer => layer.Channels)];
        _extra = [.. layers.Select((layer, i) => layer.Build(channels[i], generator))];
        Child("extra", new ModuleList<Module>([new Sequential([.. fifth, ($"{after}", _fullyConnected)]), .. _extra]));
        foreach (SsdUnits units in (SsdUnits[])[_fullyConnected, .. _extra]) StartAsXavier(units, generator);
        Channels = [width, .. channels];
        Stages =
        [
            .. _vgg.Stages.Take(_vgg.Stages.Count - 1).Select(stage => stage.Under("backbone.")),
            new BackboneStage(_vgg.Stages[^1].Name, [.. fifth.Select(layer => $"backbone.extra.0.{layer.Name}.")], width, 16,
                GivesMap: false),
            new BackboneStage("fc7", [$"backbone.extra.0.{after}."], wide, 16),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override long SmallestSide => 4 * (4 * SsdExtraLayer.SmallestSide(_layers) - 1);

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var maps = new Tensor[2 + _extra.Length];
        Tensor x = images.ChannelsLast();
        x = Next(scope, x, map => _vgg.Convolve(0, map));
        for (int block = 1; block < 4; block++) x = Next(scope, x, map => _vgg.Convolve(block, Pool(map, block)));
        maps[0] = L2Normalization.Normalize(x, _scale);                                     // N,512,H/8,W/8
        x = Next(scope, x, map => _vgg.Convolve(4, Pool(map, 4)));
        x = Next(scope, x, map => _fullyConnected.Forward(Functional.MaxPool2d(map, 3, 1, 1)));
        maps[1] = x;                                                                        // N,1024,H/16,W/16
        for (int i = 0; i < _extra.Length; i++) maps[i + 2] = x = _extra[i].Forward(x);
        return scope.Keep(maps);
    }

    private static int Number(string name) => int.Parse(name, CultureInfo.InvariantCulture);

    private static Tensor Pool(Tensor map, int block) => Functional.MaxPool2d(map, 2, 2, ceilMode: block == RoundingPool);

    // What lies between two maps is released on the way.
    private static Tensor Next(TensorScope scope, Tensor x, Func<Tensor, Tensor> step)
    {
        using var own = new TensorScope();
        Tensor output = own.Keep(step(x));
        scope.Release(x);
        return output;
    }
}
