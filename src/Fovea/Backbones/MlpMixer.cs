using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which MLP-Mixer: the numbers of its table.</summary>
/// <param name="PatchSize">Side of the square patches that a picture is cut into, in pixels.</param>
/// <param name="Layers">Mixer layers.</param>
/// <param name="Width">C: numbers of a patch.</param>
/// <param name="TokensWidth">Numbers between the two layers of the MLP across patches.</param>
/// <param name="ChannelsWidth">Numbers between the two layers of the MLP across channels.</param>
public sealed record MlpMixerDesign(int PatchSize, int Layers, int Width, int TokensWidth, int ChannelsWidth)
{
    /// <summary>Mixer-S: Tolstikhin et al. 2021, table 1.</summary>
    public static MlpMixerDesign Small(int patchSize) => new(patchSize, 8, 512, 256, 2048);

    /// <summary>Mixer-B: Tolstikhin et al. 2021, table 1.</summary>
    public static MlpMixerDesign Base(int patchSize) => new(patchSize, 12, 768, 384, 3072);

    /// <summary>Mixer-L: Tolstikhin et al. 2021, table 1.</summary>
    public static MlpMixerDesign Large(int patchSize) => new(patchSize, 24, 1024, 512, 4096);
}

/// <summary>MLP-Mixer: a picture as a sequence of patches, mixed by turns across patches and across channels.</summary>
/// <remarks>Tolstikhin et al.: "MLP-Mixer: An all-MLP Architecture for Vision" (NeurIPS 2021), section 2, figure 1, table 1. Made for
/// pictures of one size, on whose number of patches the parameters depend. Every layer gives a map, at the patches' stride; the last one is
/// normalised. The paper leaves initial weights open: they are those of its published code, normal cut off at two deviations with
/// variance 1 / fan-in (LeCun), zero biases, a head of zeros. <see cref="BackboneOptions.Dropout"/> is that of the MLPs. Parameter names
/// are those of the PyTorch Image Models library (stem.proj, blocks.0.mlp_tokens.fc1, ...), to which the published weights were
/// converted.</remarks>
public sealed class MlpMixer : Backbone
{
    internal const double Epsilon = 1e-6;

    private readonly int _imageSize;
    private readonly ConvolutionUnit _patches;
    private readonly Sequential _blocks;
    private readonly LayerNorm _norm;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The picture size is no multiple of the patches', or an output stride is asked for.</exception>
    public MlpMixer(MlpMixerDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("MLP-Mixer");
        (int patch, int width) = (design.PatchSize, design.Width);
        int side = PatchGrid.Across(options.ImageSize, patch);
        using var scope = new TensorScope();
        _imageSize = options.ImageSize;
        var stem = new Sequential([("proj", (Layer)new Conv2d(3, width, patch, stride: patch, generator: generator))]);
        _patches = Own(new ConvolutionUnit((Conv2d)Child("stem", stem)[0]));
        double depth = options.StochasticDepth ?? 0;
        _blocks = Child("blocks", new Sequential([.. Enumerable.Range(0, design.Layers).Select(i =>
            new MixerBlock(design, side * side, options.Dropout ?? 0, depth * i / Math.Max(1, design.Layers - 1), generator))]));
        _norm = Child("norm", new LayerNorm(width, Epsilon));
        if (options.ClassCount is { } classes) _classifier = Child("head", new Linear(width, classes, generator: generator));

        foreach ((string name, Tensor parameter) in NamedParameters())
        {
            if (name.StartsWith("head.", StringComparison.Ordinal)) Init.Constant(parameter, 0);
            else if (parameter.Dim > 1) Init.LeCunNormal(parameter, generator);
            else if (name.EndsWith(".bias", StringComparison.Ordinal)) Init.Constant(parameter, 0);
        }
        IEnumerable<BackboneStage> blocks = Enumerable.Range(0, design.Layers).Select(i => new BackboneStage(
            $"block{i}", [$"blocks.{i}.", .. i == design.Layers - 1 ? (string[])["norm."] : []], width, patch));
        Stages = [new BackboneStage("stem", ["stem."], width, patch, GivesMap: false), .. blocks];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["head."];

    /// <summary>N x 3 x S x S, S the size that the network was built for, to the maps of all layers: each N x C x S/patch x
    /// S/patch.</summary>
    /// <exception cref="ArgumentException">The pictures have another size.</exception>
    public override Tensor[] Forward(Tensor images)
    {
        PatchGrid.Expect(images, _imageSize, "MLP-Mixer");
        Tensor x = _patches.Forward(images.ChannelsLast());                                             // N,C,h,w
        (long n, long height, long width) = (x.Size(0), x.Size(2), x.Size(3));
        x = x.Permute(0, 2, 3, 1).Flatten(1, 2);                                                        // N,hw,C
        var states = new Tensor[_blocks.Count];
        for (int i = 0; i < states.Length; i++) states[i] = x = _blocks[i].Forward(x);
        states[^1] = _norm.Forward(x);
        return [.. states.Select(state => state.Transpose(1, 2).View(n, -1, height, width))];           // N,hw,C -> N,C,h,w
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));
}

/// <summary>An MLP across patches and one across channels, each normalised before and with a shortcut (Tolstikhin et al. 2021, figure 1):
/// N,L,C -> N,L,C.</summary>
internal sealed class MixerBlock : Layer
{
    private readonly LayerNorm _norm1, _norm2;
    private readonly TokenMlp _tokens;
    private readonly Mlp _channels;
    private readonly StochasticDepth _depth;

    public MixerBlock(MlpMixerDesign design, long patches, double dropout, double depth, Generator? generator)
    {
        _norm1 = Child("norm1", new LayerNorm(design.Width, MlpMixer.Epsilon));
        _tokens = Child("mlp_tokens", new TokenMlp(patches, design.TokensWidth, dropout, generator));
        _norm2 = Child("norm2", new LayerNorm(design.Width, MlpMixer.Epsilon));
        _channels = Child("mlp_channels", new Mlp(design.Width, design.ChannelsWidth, dropout, ("fc1", "fc2"), generator));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
    }

    protected override Tensor Apply(Tensor input)
    {
        // A sum lies in memory as its first part does: token by token.
        Tensor x = input + _depth.Forward(_tokens.Forward(_norm1.Forward(input)));
        return Residual.Join(_depth.Forward(_channels.Forward(_norm2.Forward(x))), x);
    }
}

/// <summary>An MLP across the patches of a picture, the same for each channel: N,L,C -> N,L,C.</summary>
internal sealed class TokenMlp(long patches, long hidden, double dropout, Generator? generator)
    : Mlp(patches, hidden, dropout, ("fc1", "fc2"), generator)
{
    protected override Tensor Apply(Tensor input) => base.Apply(input.Transpose(1, 2).Contiguous()).Transpose(1, 2);
}
