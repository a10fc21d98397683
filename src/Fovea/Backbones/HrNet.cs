using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which HRNet: the numbers of its table.</summary>
/// <param name="Width">C: channels of the finest map, such as 18, 32 or 48; each coarser one has twice as many.</param>
/// <param name="Modules">Modules of stages 2, 3 and 4, one number each.</param>
/// <param name="Blocks">Residual blocks at each resolution of a module.</param>
/// <param name="FirstBlocks">Bottleneck blocks before the second resolution begins.</param>
/// <param name="FirstWidth">Channels inside these blocks; they give four times as many.</param>
public sealed record HrNetDesign(int Width, IReadOnlyList<int> Modules, int Blocks, int FirstBlocks, int FirstWidth)
{
    /// <summary>HRNetV2-W18-Small-v1 of the authors' published networks for semantic segmentation: their smallest.</summary>
    public static HrNetDesign Small { get; } = new(16, [1, 1, 1], Blocks: 2, FirstBlocks: 1, FirstWidth: 32);

    /// <summary>HRNet-W18, W32, W48 or another width: Wang et al. 2021, section 3.</summary>
    public static HrNetDesign OfWidth(int width) => new(Check.Positive(width), [1, 4, 3], Blocks: 4, FirstBlocks: 4, FirstWidth: 64);

    /// <summary>Whether coarse maps are enlarged bilinearly where resolutions exchange what they know, as the authors do for semantic
    /// segmentation; each pixel is repeated where false, as for classification.</summary>
    public bool Bilinear { get; init; }
}

/// <summary>HRNet: maps of up to four resolutions side by side, which exchange what they know again and again.</summary>
/// <remarks>Wang, Sun, Cheng et al.: "Deep High-Resolution Representation Learning for Visual Recognition" (PAMI 2021), section 3,
/// figures 2 and 3; HRNetV2, which gives the maps of all resolutions, and for classification the head of HRNetV2-C
/// (appendix). Parameter names are those of the authors' code (conv1, layer1.0.conv1, transition1.0.0, stage2.0.branches.0.0.conv1,
/// stage2.0.fuse_layers.0.1.0, ..., incre_modules, downsamp_modules, final_layer, classifier).</remarks>
public sealed class HrNet : Backbone
{
    private const int StemWidth = 64;

    private readonly ConvolutionUnit _first, _second;
    private readonly Sequential _layer1;
    private readonly HrTransition[] _transitions;
    private readonly ModuleList<HrModule>[] _stages;
    private readonly HrHead? _head;

    /// <summary>A network of the family, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-out
    /// mode.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public HrNet(HrNetDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("an HRNet");
        using var scope = new TensorScope();
        ConvolutionUnit Stem(long from, string index)
        {
            Conv2d convolution = Child($"conv{index}",
                new Conv2d(from, StemWidth, 3, stride: 2, padding: 1, bias: false, generator: generator));
            return Own(new ConvolutionUnit(convolution, Child($"bn{index}", options.Norm(StemWidth)), Activation.Relu));
        }
        (_first, _second) = (Stem(3, "1"), Stem(StemWidth, "2"));
        long[] channels = [4 * design.FirstWidth];
        _layer1 = Child("layer1", new Sequential([.. Enumerable.Range(0, design.FirstBlocks).Select(i =>
            HrModule.Bottleneck(i == 0 ? StemWidth : 4 * design.FirstWidth, design.FirstWidth, options, generator))]));
        int count = design.Modules.Count;
        (_transitions, _stages) = (new HrTransition[count], new ModuleList<HrModule>[count]);
        for (int stage = 0; stage < count; stage++)
        {
            long[] next = [.. Enumerable.Range(0, stage + 2).Select(branch => (long)design.Width << branch)];
            _transitions[stage] = Child($"transition{stage + 1}", new HrTransition(channels, next, options, generator));
            channels = next;
            _stages[stage] = Child($"stage{stage + 2}",
                new ModuleList<HrModule>(
                Enumerable.Range(0, design.Modules[stage]).Select(_ => new HrModule(next, design, options, generator))));
        }
        Stages = [.. StagesOf(design, channels)];
        if (options.ClassCount is { } classes)
        {
            _head = Own(new HrHead(channels, classes, options, generator));
            foreach ((string name, Module module) in _head.Parts) Child(name, module);
        }
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
    }

    /// <summary>The stem, layer1 and stages 2 and 3; of stage 4, which gives the maps, each resolution by itself.</summary>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <summary>N x 3 x H x W to maps of C, 2C, 4C and 8C channels at strides 4, 8, 16 and 32, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor[] maps = [_layer1.Forward(_second.Forward(_first.Forward(images.ChannelsLast())))];      // N,256,H/4,W/4
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            maps = _transitions[stage].Forward(maps);
            foreach (HrModule module in _stages[stage]) maps = module.Forward(maps);
        }
        return scope.Keep(maps);
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _head!.Forward(Forward(images));

    private static IEnumerable<BackboneStage> StagesOf(HrNetDesign design, long[] channels)
    {
        yield return new("stem", ["conv1.", "bn1.", "conv2.", "bn2."], StemWidth, 4, GivesMap: false);
        yield return new("layer1", ["layer1."], 4 * design.FirstWidth, 4, GivesMap: false);
        yield return new("stage2", ["transition1.", "stage2."], channels[0], 4, GivesMap: false);
        yield return new("stage3", ["transition2.", "stage3."], channels[0], 4, GivesMap: false);
        for (int branch = 0; branch < channels.Length; branch++)
        {
            IEnumerable<string> parts = Enumerable.Range(0, design.Modules[^1]).SelectMany(module =>
                (string[])[$"stage4.{module}.branches.{branch}.", $"stage4.{module}.fuse_layers.{branch}."]);
            if (branch == channels.Length - 1) parts = parts.Prepend("transition3.");       // it begins this one
            yield return new($"stage4.{branch}", [.. parts], channels[branch], 4 << branch);
        }
    }
}
