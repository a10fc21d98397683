using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which Swin transformer: the numbers of its table.</summary>
/// <param name="Width">C: numbers of a token in the first stage; twice as many in every further one.</param>
/// <param name="Blocks">Blocks of each stage.</param>
/// <param name="Heads">Attention heads in each stage.</param>
/// <param name="StochasticDepth">Chance that the last residual branch is skipped, where the options name none.</param>
public sealed record SwinTransformerDesign(int Width, IReadOnlyList<int> Blocks, IReadOnlyList<int> Heads, double StochasticDepth)
{
    /// <summary>Swin-T: Liu et al. 2021, section 3.3; stochastic depth as in appendix A2.1.</summary>
    public static SwinTransformerDesign Tiny { get; } = new(96, [2, 2, 6, 2], [3, 6, 12, 24], 0.2);

    /// <summary>Swin-S: Liu et al. 2021, section 3.3; stochastic depth as in appendix A2.1.</summary>
    public static SwinTransformerDesign Small { get; } = new(96, [2, 2, 18, 2], [3, 6, 12, 24], 0.3);

    /// <summary>Swin-B: Liu et al. 2021, section 3.3; stochastic depth as in appendix A2.1.</summary>
    public static SwinTransformerDesign Base { get; } = new(128, [2, 2, 18, 2], [4, 8, 16, 32], 0.5);
}

/// <summary>Swin transformer: attention within windows that shift from block to block, on maps of falling resolution.</summary>
/// <remarks>Liu et al.: "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (ICCV 2021), section 3, figure 3, with
/// windows of 7 x 7 tokens. Pictures of any size: maps are padded to whole windows, and to even sides where tokens are merged, as
/// torchvision does. The last map is normalised. <see cref="BackboneOptions.Dropout"/> is that of the blocks, after every fully connected
/// layer but those to queries, keys and values. Parameter names and initial weights are torchvision's.</remarks>
public sealed class SwinTransformer : Backbone
{
    private const int Patch = 4;

    private readonly SwinPatches _patches;
    private readonly Sequential[] _stages;
    private readonly PatchMerging[] _merges;
    private readonly LayerNorm _norm;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public SwinTransformer(SwinTransformerDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a Swin transformer");
        using var scope = new TensorScope();
        int count = design.Blocks.Count, total = design.Blocks.Sum();
        double depth = options.StochasticDepth ?? design.StochasticDepth;
        var features = new List<Layer> { (_patches = new SwinPatches(Patch, design.Width, generator)) };
        var stages = new List<BackboneStage> { new("patches", ["features.0."], design.Width, Patch, GivesMap: false) };
        (_stages, _merges) = (new Sequential[count], new PatchMerging[count - 1]);
        for (int stage = 0, block = 0; stage < count; stage++)
        {
            int width = design.Width << stage, first = features.Count;
            if (stage > 0) features.Add(_merges[stage - 1] = new PatchMerging(width / 2, generator));
            var blocks = new Layer[design.Blocks[stage]];
            for (int i = 0; i < blocks.Length; i++, block++)
                blocks[i] = new SwinBlock(width, design.Heads[stage], shifted: i % 2 == 1, options.Dropout ?? 0,
                    depth * block / Math.Max(1, total - 1), generator);
            features.Add(_stages[stage] = new Sequential(blocks));
            IEnumerable<string> parts = Enumerable.Range(first, features.Count - first).Select(i => $"features.{i}.");
            if (stage == count - 1) parts = parts.Append("norm.");
            stages.Add(new BackboneStage($"stage{stage + 1}", [.. parts], width, Patch << stage));
        }
        Child("features", new Sequential([.. features]));
        long channels = (long)design.Width << (count - 1);
        _norm = Child("norm", new LayerNorm(channels));
        if (options.ClassCount is { } classes) _classifier = Child("head", new Linear(channels, classes, generator: generator));
        Stages = stages;
        foreach ((_, Module module) in NamedModules())
        {
            if (module is not Linear layer) continue;
            Init.TruncatedNormal(layer.Weight, standardDeviation: 0.02, generator: generator);
            if (layer.Bias is { } bias) Init.Constant(bias, 0);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["head."];

    /// <summary>N x 3 x H x W to the maps of the four stages: N x C x H/4 x W/4 to N x 8C x H/32 x W/32; H/4 rounded down, from there on
    /// up.</summary>
    public override Tensor[] Forward(Tensor images) => [.. Maps(images).Select(map => map.Permute(0, 3, 1, 2))];

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Maps(images)[^1].Mean([1, 2]));

    /// <summary>The stages' maps with the channels last: N,H,W,C.</summary>
    private Tensor[] Maps(Tensor images)
    {
        if (images.Size(2) < Patch || images.Size(3) < Patch)
            throw new ArgumentException(
                $"A Swin transformer sees patches of {Patch} x {Patch} pixels, but a picture of {images.Size(2)} x " +
                $"{images.Size(3)} arrived: at least {Patch} x {Patch} was expected.", nameof(images));
        Tensor x = _patches.Forward(images);                            // N,H/4,W/4,C
        var maps = new Tensor[_stages.Length];
        for (int stage = 0; stage < maps.Length; stage++)
        {
            if (stage > 0) x = _merges[stage - 1].Forward(x);
            maps[stage] = x = _stages[stage].Forward(x);
        }
        maps[^1] = _norm.Forward(x);
        return maps;
    }
}

/// <summary>Patches of a picture to normalised tokens: N,3,H,W -> N,H/4,W/4,C (Liu et al. 2021, section 3.1).</summary>
internal sealed class SwinPatches : Layer
{
    private readonly ConvolutionUnit _projection;
    private readonly LayerNorm _norm;

    // Torchvision's "1" turns the map round, and has no state.
    public SwinPatches(int patch, int width, Generator? generator)
    {
        _projection = Own(new ConvolutionUnit(Child("0", new Conv2d(3, width, patch, stride: patch, generator: generator))));
        _norm = Child("2", new LayerNorm(width));
    }

    protected override Tensor Apply(Tensor input) =>
        _norm.Forward(_projection.Forward(input.ChannelsLast()).Permute(0, 2, 3, 1).Contiguous());
}

/// <summary>Two by two tokens to one of twice the width: N,H,W,C -> N,H/2,W/2,2C, sizes rounded up (Liu et al. 2021, section
/// 3.1).</summary>
internal sealed class PatchMerging : Layer
{
    private readonly Linear _reduction;
    private readonly LayerNorm _norm;

    public PatchMerging(long width, Generator? generator)
    {
        _reduction = Child("reduction", new Linear(4 * width, 2 * width, bias: false, generator: generator));
        _norm = Child("norm", new LayerNorm(4 * width));
    }

    protected override Tensor Apply(Tensor input)
    {
        (long n, long height, long width, long channels) = (input.Size(0), input.Size(1), input.Size(2), input.Size(3));
        if ((height | width) % 2 == 1) input = input.Pad([0, 0, 0, width % 2, 0, height % 2]);
        (height, width) = ((height + 1) / 2, (width + 1) / 2);
        // The four are joined column by column: top left, bottom left, top right, bottom right.
        Tensor x = input.Reshape(n, height, 2, width, 2, channels).Permute(0, 1, 3, 4, 2, 5).Reshape(n, height, width, 4 * channels);
        return _reduction.Forward(_norm.Forward(x));
    }
}

/// <summary>Window attention and an MLP, each normalised before and with a shortcut (Liu et al. 2021, figure 3b).</summary>
internal sealed class SwinBlock : Layer
{
    private readonly LayerNorm _norm1, _norm2;
    private readonly WindowAttention _attention;
    private readonly Dropout _dropout;
    private readonly StochasticDepth _depth;
    private readonly Mlp _mlp;

    public SwinBlock(long width, long heads, bool shifted, double dropout, double depth, Generator? generator)
    {
        _norm1 = Child("norm1", new LayerNorm(width));
        _attention = Child("attn", new WindowAttention(width, heads, window: 7, shifted ? 7 / 2 : 0, generator));
        _dropout = Child("dropout", new Dropout(dropout));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
        _norm2 = Child("norm2", new LayerNorm(width));
        _mlp = Child("mlp", new Mlp(width, 4 * width, dropout, generator: generator));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = Residual.Join(_depth.Forward(_dropout.Forward(_attention.Forward(_norm1.Forward(input)))), input);
        return Residual.Join(_depth.Forward(_mlp.Forward(_norm2.Forward(x))), x);
    }
}
