using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What one scale of a <see cref="YoloPyramid"/> looks like.</summary>
/// <param name="Route">Channels that the coarser scale is reduced to before it is enlarged; not used at the coarsest.</param>
/// <param name="Neck">Channels of the convolutions that the next scale begins from; 0 where there are none.</param>
/// <param name="Expand">Channels of the 3x3 convolution before the output.</param>
public sealed record YoloScaleDesign(long Route, long Neck, long Expand);

/// <summary>The network of YOLOv3: a backbone, and from its coarsest map on one scale after the other, each enlarged and joined with the
/// backbone's next finer map.</summary>
/// <remarks>Redmon and Farhadi: "YOLOv3" (2018), section 2.3. Convolutions are in the order of Darknet's weight files. Letters: N pictures,
/// A anchors a cell, K classes.</remarks>
public sealed class YoloPyramid : Module
{
    private readonly Backbone _body;
    private readonly ModuleList<YoloScale> _scales;
    private readonly int _firstMap;

    /// <summary>Puts the network together.</summary>
    /// <param name="body">The backbone; as many of its coarsest maps are used as there are scales.</param>
    /// <param name="design">The scales, from coarse to fine.</param>
    /// <param name="outputs">Channels of every scale's output: A x (5 + K).</param>
    /// <param name="batchNorm">What batch norm is like.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public YoloPyramid(Backbone body, IReadOnlyList<YoloScaleDesign> design, long outputs, BackboneOptions batchNorm,
        Generator? generator = null)
    {
        if (body.Features.Count < design.Count)
            throw new ArgumentException($"{design.Count} scales need as many maps, but this backbone gives {body.Features.Count}.",
                nameof(design));
        using var scope = new TensorScope();
        _body = Child("backbone", body);
        _firstMap = body.Features.Count - design.Count;
        BackboneStage[] maps = [.. body.Features.Skip(_firstMap).Reverse()];
        Strides = [.. maps.Select(map => map.Stride)];
        var scales = new List<YoloScale>();
        long coarser = 0;
        for (int i = 0; i < design.Count; i++)
        {
            scales.Add(new YoloScale(design[i], maps[i].Channels, coarser, outputs, batchNorm, generator));
            coarser = scales[i].NeckChannels;
        }
        _scales = Child("scales", new ModuleList<YoloScale>(scales));
        InitialWeights.FanIn(_scales, generator);
        foreach (YoloScale scale in _scales) Init.Normal(scale.Output.Weight, 0, 0.01, generator);
    }

    /// <summary>Darknet's three scales: on Darknet-53 the network of the paper.</summary>
    public static IReadOnlyList<YoloScaleDesign> Paper { get; } = [new(0, 512, 1024), new(256, 256, 512), new(128, 128, 256)];

    /// <summary>The paper's at a quarter of its widths, for small backbones.</summary>
    public static IReadOnlyList<YoloScaleDesign> Narrow { get; } = [new(0, 128, 256), new(64, 64, 128), new(32, 32, 64)];

    /// <summary>The two scales of Darknet's yolov3-tiny.cfg.</summary>
    public static IReadOnlyList<YoloScaleDesign> Tiny { get; } = [new(0, 0, 512), new(128, 0, 256)];

    /// <summary>Pixels of the picture to a cell, from coarse to fine.</summary>
    public IReadOnlyList<int> Strides { get; }

    /// <summary>The parts of the backbone.</summary>
    public IReadOnlyList<BackboneStage> Stages => [.. _body.Stages.Select(stage => stage.Under("backbone."))];

    /// <summary>The last convolution of each scale, from coarse to fine.</summary>
    public IEnumerable<Conv2d> Outputs => _scales.Select(scale => scale.Output);

    /// <summary>Normalised pictures N x 3 x H x W to the scales' outputs, from coarse to fine: each N x A(5+K) x H/stride x
    /// W/stride.</summary>
    public Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor[] maps = BodyMaps(images);
        var outputs = new Tensor[_scales.Count];
        Tensor? coarser = null;
        for (int i = 0; i < outputs.Length; i++) (outputs[i], coarser) = _scales[i].Forward(maps[^(i + 1)], coarser);
        return scope.Keep(outputs);
    }

    private Tensor[] BodyMaps(Tensor images)
    {
        using var scope = new TensorScope();
        return scope.Keep(_body.Forward(images)[_firstMap..]);
    }
}

/// <summary>One scale: the coarser one enlarged beside the backbone's map, five convolutions, one more, and the output.</summary>
internal sealed class YoloScale : Module
{
    private const int NeckConvolutions = 5;

    private readonly ConvNormActivation? _route;
    private readonly Sequential _neck;
    private readonly ConvNormActivation _expand;
    private readonly ConvolutionUnit _output;

    public YoloScale(YoloScaleDesign design, long mapChannels, long coarserChannels, long outputs, BackboneOptions options,
        Generator? generator)
    {
        if (coarserChannels > 0) _route = Child("route", Darknet53.Convolution(coarserChannels, design.Route, 1, options, generator));
        long channels = mapChannels + (coarserChannels > 0 ? design.Route : 0);
        var neck = new List<Layer>();
        for (int i = 0; design.Neck > 0 && i < NeckConvolutions; i++)
        {
            (long width, long kernel) = i % 2 == 0 ? (design.Neck, 1) : (2 * design.Neck, 3);
            neck.Add(Darknet53.Convolution(channels, width, kernel, options, generator));
            channels = width;
        }
        NeckChannels = channels;
        _neck = Child("neck", new Sequential([.. neck]));
        _expand = Child("expand", Darknet53.Convolution(channels, design.Expand, 3, options, generator));
        Output = Child("output", new Conv2d(design.Expand, outputs, 1, generator: generator));
        _output = Own(new ConvolutionUnit(Output));
    }

    /// <summary>Channels that the next finer scale begins from.</summary>
    public long NeckChannels { get; }

    /// <summary>The last convolution.</summary>
    public Conv2d Output { get; }

    /// <summary>The backbone's map and the coarser scale's neck, null at the coarsest, to the output and this scale's neck.</summary>
    public (Tensor Output, Tensor Neck) Forward(Tensor map, Tensor? coarser)
    {
        using var scope = new TensorScope();
        if (_route is not null)
            map = Tensor.Cat([Functional.ResizeNearest(_route.Forward(coarser!), map.Size(2), map.Size(3)), map], 1);
        Tensor neck = _neck.Forward(map);
        return (scope.Keep(_output.Forward(_expand.Forward(neck))), scope.Keep(neck));
    }
}
