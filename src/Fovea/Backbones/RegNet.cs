using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>RegNetX and RegNetY: bottlenecks of grouped convolutions, whose widths follow a line; Y with squeeze-and-excitation.</summary>
/// <remarks>Radosavovic, Kosaraju, Girshick, He, Dollar: "Designing Network Design Spaces" (CVPR 2020), section 3. Parameter names and
/// initial weights are torchvision's (stem.0, trunk_output.block1.block1-0.f.a.0, ..., fc).</remarks>
public sealed class RegNet : Backbone
{
    private const long StemChannels = 32;

    private readonly ConvNormActivation _stem;
    private readonly Sequential[] _stages;
    private readonly Dropout _dropout;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public RegNet(RegNetDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        using var scope = new TensorScope();
        var plan = new StridePlan(options.OutputStride);
        plan.Next(2);
        _stem = Child("stem", new ConvNormActivation(3, StemChannels, 3, 2, count => options.Norm(count), generator: generator));
        var stages = new List<BackboneStage> { new("stem", ["stem."], StemChannels, plan.Stride, GivesMap: false) };
        IReadOnlyList<(long Width, int Blocks, long GroupWidth)> table = design.Stages();
        _stages = new Sequential[table.Count];
        long channels = StemChannels;
        double depth = options.StochasticDepth ?? 0;
        for (int stage = 0, block = 0; stage < table.Count; stage++)
        {
            (long width, int blocks, long groupWidth) = table[stage];
            var layers = new (string, Layer)[blocks];
            for (int i = 0; i < blocks; i++, block++)
            {
                int stride = i == 0 ? 2 : 1;
                var shape = new RegNetBlockShape(channels, width, groupWidth, plan.Next(stride), channels != width || stride != 1,
                    design.SqueezeExcitation, depth * block / Math.Max(1, design.Depth - 1));
                layers[i] = ($"block{stage + 1}-{i}", new RegNetBlock(shape, options, generator));
                channels = width;
            }
            _stages[stage] = new Sequential(layers);
            stages.Add(new BackboneStage($"block{stage + 1}", [$"trunk_output.block{stage + 1}."], width, plan.Stride));
        }
        Child("trunk_output", new Sequential(_stages.Select((stage, i) => ($"block{i + 1}", (Layer)stage))));
        Stages = stages;
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(channels, classes, generator: generator));
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
        InitialWeights.NormalLinear(this, 0.01, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to the maps of the stages, at strides 4, 8, 16 and 32, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stem.Forward(images.ChannelsLast());       // N,32,H/2,W/2
        var maps = new Tensor[_stages.Length];
        for (int stage = 0; stage < maps.Length; stage++) maps[stage] = x = _stages[stage].Forward(x);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(_dropout.Forward(Forward(images)[^1].Mean([2, 3])));
}

/// <summary>The place of a block in its network.</summary>
internal sealed record RegNetBlockShape(
    long Channels, long Width, long GroupWidth, (long Stride, long Dilation) Step, bool Projects, bool SqueezeExcitation, double Depth);

/// <summary>1x1, grouped 3x3 and 1x1 convolutions of one width, and a shortcut (Radosavovic et al. 2020, figure 4).</summary>
internal sealed class RegNetBlock : Layer
{
    private readonly ConvNormActivation? _projection;
    private readonly Sequential _branch;
    private readonly StochasticDepth _depth;
    private readonly ResidualSum _sum;

    public RegNetBlock(RegNetBlockShape shape, BackboneOptions options, Generator? generator)
    {
        (long channels, long width, long groupWidth, (long stride, long dilation), _, _, _) = shape;
        if (shape.Projects) _projection = Child("proj", Brick(channels, width, stride: stride, activation: Activation.None));
        var layers = new List<(string, Layer)>
        {
            ("a", Brick(channels, width)),
            ("b", Brick(width, width, 3, stride, dilation, width / groupWidth)),
        };
        // A quarter of the channels that the block is given, halves to even.
        if (shape.SqueezeExcitation)
            layers.Add(("se", new SqueezeExcitation(width, (long)Math.Round(0.25 * channels), generator: generator)));
        ConvNormActivation last = Brick(width, width, activation: Activation.None);
        layers.Add(("c", last));
        _branch = Child("f", new Sequential(layers));
        _depth = Child("stochastic_depth", new StochasticDepth(shape.Depth));
        _sum = Child("sum", new ResidualSum(Activation.Relu));
        if (options.ZeroInitResidual) Shortcut.StartAtZero(last.Norm!);

        ConvNormActivation Brick(long from, long to, long kernel = 1, long stride = 1, long dilation = 1, long groups = 1,
            Activation activation = Activation.Relu) =>
            new(from, to, kernel, stride, count => options.Norm(count), activation, groups, dilation, generator: generator);
    }

    protected override Tensor Apply(Tensor input) =>
        _sum.Forward(_depth.Forward(_branch.Forward(input)), _projection?.Forward(input) ?? input);
}
