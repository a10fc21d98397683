using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which vision transformer: the numbers of its table.</summary>
/// <param name="PatchSize">Side of the square patches that a picture is cut into, in pixels.</param>
/// <param name="Layers">Blocks of the encoder.</param>
/// <param name="Heads">Attention heads of a block.</param>
/// <param name="Width">D: numbers of a token.</param>
/// <param name="MlpWidth">Numbers between the two layers of a block's MLP.</param>
public sealed record VisionTransformerDesign(int PatchSize, int Layers, int Heads, int Width, int MlpWidth)
{
    /// <summary>ViT-Tiny: Touvron et al.: "Training Data-Efficient Image Transformers" (ICML 2021), table 1, DeiT-Ti.</summary>
    public static VisionTransformerDesign Tiny(int patchSize) => new(patchSize, 12, 3, 192, 768);

    /// <summary>ViT-Base: Dosovitskiy et al. 2021, table 1.</summary>
    public static VisionTransformerDesign Base(int patchSize) => new(patchSize, 12, 12, 768, 3072);

    /// <summary>ViT-Large: Dosovitskiy et al. 2021, table 1.</summary>
    public static VisionTransformerDesign Large(int patchSize) => new(patchSize, 24, 16, 1024, 4096);

    /// <summary>ViT-Huge: Dosovitskiy et al. 2021, table 1.</summary>
    public static VisionTransformerDesign Huge(int patchSize) => new(patchSize, 32, 16, 1280, 5120);
}

/// <summary>ViT, vision transformer: a picture as a sequence of patches, and a transformer's encoder on it.</summary>
/// <remarks>Dosovitskiy et al.: "An Image Is Worth 16x16 Words: Transformers for Image Recognition at Scale" (ICLR 2021), section 3.1,
/// table 1. The class token's last state is what the head sees. Made for pictures of one size, on which the position embeddings depend;
/// <see cref="InterpolatePositions"/> adapts trained ones. Every block gives a map, at the patches' stride; the last one is normalised.
/// <see cref="BackboneOptions.Dropout"/> is the encoder's dropout, after the sum of patches and positions and after every fully
/// connected layer but those within the attention (appendix B.1). Parameter names and initial weights are torchvision's.</remarks>
public sealed class VisionTransformer : Backbone
{
    private readonly int _imageSize;
    private readonly Tensor _classToken;
    private readonly ConvolutionUnit _patches;
    private readonly TransformerEncoder _encoder;
    private readonly Sequential? _heads;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The picture size is no multiple of the patches', or an output stride is asked for.</exception>
    public VisionTransformer(VisionTransformerDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a vision transformer");
        (int patch, int width) = (design.PatchSize, design.Width);
        int side = PatchGrid.Across(options.ImageSize, patch);
        using var scope = new TensorScope();
        _imageSize = options.ImageSize;
        _classToken = Parameter("class_token", Tensor.Zeros([1, 1, width]));
        Conv2d projection = Child("conv_proj", new Conv2d(3, width, patch, stride: patch, generator: generator));
        _patches = Own(new ConvolutionUnit(projection));
        _encoder = Child("encoder", new TransformerEncoder(design, side, options, generator));
        if (options.ClassCount is { } classes)
            _heads = Child("heads", new Sequential([("head", new Linear(width, classes, generator: generator))]));

        Init.TruncatedNormal(projection.Weight, standardDeviation: Math.Sqrt(1.0 / (3 * patch * patch)), generator: generator);
        foreach (Tensor zero in (_heads?.Parameters() ?? []).Append(projection.Bias!)) Init.Constant(zero, 0);

        IEnumerable<BackboneStage> blocks = Enumerable.Range(0, design.Layers).Select(i => new BackboneStage(
            $"encoder_layer_{i}",
            i < design.Layers - 1 ? [$"encoder.layers.encoder_layer_{i}."] : [$"encoder.layers.encoder_layer_{i}.", "encoder.ln."],
            width, patch));
        Stages = [new BackboneStage("patches", ["class_token", "conv_proj.", "encoder.pos_embedding"], width, patch, GivesMap: false),
            .. blocks];
    }

    /// <summary>Whether pictures of other sizes are welcome too, of whole patches: the position embeddings are then interpolated for each,
    /// as <see cref="InterpolatePositions"/> does, and learn through that.</summary>
    public bool AnySize { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["heads.head."];

    /// <summary>Position embeddings for pictures of another size, such as of trained weights before they are loaded: the grid of the
    /// patches' is resized bicubically with the corners held in place (torchvision's way), the class token's stays.</summary>
    /// <param name="positions">"encoder.pos_embedding": 1 x (1 + n * n) x D.</param>
    /// <param name="imageSize">Side of the new square pictures, in pixels.</param>
    /// <param name="patchSize">Side of a patch, in pixels.</param>
    /// <returns>1 x (1 + m * m) x D, m patches across; a copy also where m is n.</returns>
    /// <exception cref="ArgumentException">The tensor is of no such shape, or the picture size is no multiple of the patches'.</exception>
    public static Tensor InterpolatePositions(Tensor positions, int imageSize, int patchSize)
    {
        int after = PatchGrid.Across(imageSize, patchSize);
        long before = positions.Dim == 3 ? (long)Math.Sqrt(positions.Size(1) - 1) : 0;
        if (before == 0 || positions.Size(0) != 1 || before * before + 1 != positions.Size(1))
            throw new ArgumentException(
                $"Position embeddings of 1 x (1 + n*n) x D were expected, one for the class token and one for each " +
                $"patch of a square, but {positions.Describe()} arrived.", nameof(positions));
        return before == after ? positions.Clone() : ResizePositions(positions, before, after, after);
    }

    // 1,1+n*n,D -> 1,1+rows*columns,D.
    internal static Tensor ResizePositions(Tensor positions, long before, long rows, long columns)
    {
        using var scope = new TensorScope();
        Tensor grid = positions[.., 1..].Transpose(1, 2).Reshape(1, -1, before, before);            // 1,D,n,n
        grid = Functional.ResizeBicubic(grid, rows, columns, alignCorners: true);                   // 1,D,rows,columns
        return scope.Keep(Tensor.Cat([positions[.., ..1], grid.Flatten(2).Transpose(1, 2)], 1).Contiguous());
    }

    /// <summary>N x 3 x H x W, of the size that the network was built for or <see cref="AnySize"/>, to the maps of all blocks: each N x D x
    /// H/patch x W/patch.</summary>
    /// <exception cref="ArgumentException">The pictures have another size.</exception>
    public override Tensor[] Forward(Tensor images)
    {
        (Tensor tokens, long height, long width) = Embed(images);
        Tensor[] states = _encoder.States(tokens, height, width);
        states[^1] = _encoder.Normalise(states[^1]);
        long n = tokens.Size(0);
        return [.. states.Select(state => state[.., 1..].Transpose(1, 2).View(n, -1, height, width))];   // N,1+hw,D -> N,D,h,w
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images)
    {
        (Tensor tokens, long height, long width) = Embed(images);
        Tensor state = _encoder.States(tokens, height, width)[^1][.., 0];                            // N,D: the class token's
        return _heads!.Forward(_encoder.Normalise(state));
    }

    /// <summary>N,3,H,W -> N,1+hw,D: the class token and the patches, row by row.</summary>
    private (Tensor Tokens, long Height, long Width) Embed(Tensor images)
    {
        if (AnySize) PatchGrid.ExpectWhole(images, Features[0].Stride, "vision transformer");
        else PatchGrid.Expect(images, _imageSize, "vision transformer");
        Tensor patches = _patches.Forward(images.ChannelsLast());                                   // N,D,h,w
        (long n, long height, long width) = (patches.Size(0), patches.Size(2), patches.Size(3));
        Tensor sequence = patches.Permute(0, 2, 3, 1).Flatten(1, 2);                                // N,hw,D
        return (Tensor.Cat([_classToken.Expand(n, -1, -1), sequence], 1), height, width);
    }
}

/// <summary>A transformer's encoder: positions added, then blocks (Dosovitskiy et al. 2021, equations 1 to 4).</summary>
internal sealed class TransformerEncoder : Module
{
    private readonly Tensor _positions;
    private readonly long _side;
    private readonly Dropout _dropout;
    private readonly Sequential _layers;
    private readonly LayerNorm _norm;

    public TransformerEncoder(VisionTransformerDesign design, long side, BackboneOptions options, Generator? generator)
    {
        _side = side;
        _positions = Parameter("pos_embedding", Init.Normal(Tensor.Empty([1, side * side + 1, design.Width]), 0, 0.02, generator));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        double depth = options.StochasticDepth ?? 0;
        _layers = Child("layers", new Sequential(Enumerable.Range(0, design.Layers).Select(i => ($"encoder_layer_{i}",
            (Layer)new TransformerBlock(design, options.Dropout ?? 0, depth * i / Math.Max(1, design.Layers - 1), generator)))));
        _norm = Child("ln", new LayerNorm(design.Width, epsilon: 1e-6));
    }

    /// <summary>N x (1 + hw) x D to the states after each block. What is given is given away.</summary>
    public Tensor[] States(Tensor tokens, long height, long width)
    {
        bool fits = height == _side && width == _side;
        Tensor positions = fits ? _positions : VisionTransformer.ResizePositions(_positions, _side, height, width);
        Tensor x = _dropout.Forward(tokens.AddInPlace(positions));
        var states = new Tensor[_layers.Count];
        for (int i = 0; i < states.Length; i++) states[i] = x = _layers[i].Forward(x);
        return states;
    }

    public Tensor Normalise(Tensor state) => _norm.Forward(state);
}

/// <summary>Attention and an MLP, each normalised before and with a shortcut (Dosovitskiy et al. 2021, figure 1 right).</summary>
internal sealed class TransformerBlock : Layer
{
    private readonly LayerNorm _norm1, _norm2;
    private readonly MultiHeadAttention _attention;
    private readonly Dropout _dropout;
    private readonly StochasticDepth _depth;
    private readonly Mlp _mlp;

    public TransformerBlock(VisionTransformerDesign design, double dropout, double depth, Generator? generator)
    {
        _norm1 = Child("ln_1", new LayerNorm(design.Width, epsilon: 1e-6));
        _attention = Child("self_attention", new MultiHeadAttention(design.Width, design.Heads, generator));
        _dropout = Child("dropout", new Dropout(dropout));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
        _norm2 = Child("ln_2", new LayerNorm(design.Width, epsilon: 1e-6));
        _mlp = Child("mlp", new Mlp(design.Width, design.MlpWidth, dropout, generator: generator));
        foreach (Linear layer in _mlp.Layers)
        {
            Init.XavierUniform(layer.Weight, generator: generator);
            Init.Normal(layer.Bias!, 0, 1e-6, generator);
        }
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = Residual.Join(_depth.Forward(_dropout.Forward(_attention.Forward(_norm1.Forward(input)))), input);
        return Residual.Join(_depth.Forward(_mlp.Forward(_norm2.Forward(x))), x);
    }
}
