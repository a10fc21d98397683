using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>HRNet: maps of up to four resolutions side by side, which exchange what they know again and again.</summary>
/// <remarks>Wang, Sun, Cheng et al.: "Deep High-Resolution Representation Learning for Visual Recognition" (PAMI 2021), section 3,
/// figures 2 and 3; HRNetV2, which gives the maps of all resolutions, and for classification the head of HRNetV2-C
/// (appendix). Parameter names are those of the authors' code (conv1, layer1.0.conv1, transition1.0.0, stage2.0.branches.0.0.conv1,
/// stage2.0.fuse_layers.0.1.0, ..., incre_modules, downsamp_modules, final_layer, classifier).</remarks>
public sealed class HrNet : Backbone
{
    private static readonly int[] Modules = [1, 4, 3];             // of stages 2, 3 and 4

    private readonly ConvolutionUnit _first, _second;
    private readonly Sequential _layer1;
    private readonly HrTransition[] _transitions = new HrTransition[Modules.Length];
    private readonly ModuleList<HrModule>[] _stages = new ModuleList<HrModule>[Modules.Length];
    private readonly HrHead? _head;

    /// <summary>A network of the family, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-out
    /// mode.</summary>
    /// <param name="width">C: channels of the finest map, such as 18, 32 or 48; each coarser one has twice as many.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public HrNet(int width, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("an HRNet");
        Check.Positive(width);
        using var scope = new TensorScope();
        ConvolutionUnit Stem(long from, string index)
        {
            Conv2d convolution = Child($"conv{index}", new Conv2d(from, 64, 3, stride: 2, padding: 1, bias: false, generator: generator));
            return Own(new ConvolutionUnit(convolution, Child($"bn{index}", options.Norm(64)), Activation.Relu));
        }
        (_first, _second) = (Stem(3, "1"), Stem(64, "2"));
        long[] channels = [4 * 64];
        _layer1 = Child("layer1", new Sequential(
            [.. Enumerable.Range(0, 4).Select(i => HrModule.Bottleneck(i == 0 ? 64 : 4 * 64, 64, options, generator))]));
        for (int stage = 0; stage < Modules.Length; stage++)
        {
            long[] next = [.. Enumerable.Range(0, stage + 2).Select(branch => (long)width << branch)];
            _transitions[stage] = Child($"transition{stage + 1}", new HrTransition(channels, next, options, generator));
            channels = next;
            _stages[stage] = Child($"stage{stage + 2}",
                new ModuleList<HrModule>(Enumerable.Range(0, Modules[stage]).Select(_ => new HrModule(next, options, generator))));
        }
        Stages = [.. StagesOf(channels)];
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
        for (int stage = 0; stage < Modules.Length; stage++)
        {
            maps = _transitions[stage].Forward(maps);
            foreach (HrModule module in _stages[stage]) maps = module.Forward(maps);
        }
        return scope.Keep(maps);
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _head!.Forward(Forward(images));

    private static IEnumerable<BackboneStage> StagesOf(long[] channels)
    {
        yield return new("stem", ["conv1.", "bn1.", "conv2.", "bn2."], 64, 4, GivesMap: false);
        yield return new("layer1", ["layer1."], 4 * 64, 4, GivesMap: false);
        yield return new("stage2", ["transition1.", "stage2."], channels[0], 4, GivesMap: false);
        yield return new("stage3", ["transition2.", "stage3."], channels[0], 4, GivesMap: false);
        for (int branch = 0; branch < channels.Length; branch++)
        {
            IEnumerable<string> parts = Enumerable.Range(0, Modules[^1]).SelectMany(module =>
                (string[])[$"stage4.{module}.branches.{branch}.", $"stage4.{module}.fuse_layers.{branch}."]);
            if (branch == channels.Length - 1) parts = parts.Prepend("transition3.");       // it begins this one
            yield return new($"stage4.{branch}", [.. parts], channels[branch], 4 << branch);
        }
    }
}
