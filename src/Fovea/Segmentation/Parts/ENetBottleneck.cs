using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>What the middle convolution of a bottleneck is.</summary>
/// <param name="Dilation">Distance between its taps.</param>
/// <param name="Asymmetric">In place of 3x3: this n of n x 1 and 1 x n; 3x3 where null.</param>
internal sealed record ENetMiddle(long Dilation = 1, long? Asymmetric = null);

/// <summary>The branch of a bottleneck that ends in a projection: C' channels are added to what the main branch brings.</summary>
internal abstract class ENetBranch(long outChannels) : Module
{
    protected const int Reduction = 4;

    private PRelu? _activation;
    private SpatialDropout? _dropout;
    private ConvolutionUnit? _expand;

    /// <summary>The 1x1 convolution back to all channels, its normalisation, dropout, and the PReLU after the sum.</summary>
    protected void AddEnd(long between, double dropout, Generator? generator)
    {
        var expand = new Conv2d(between, outChannels, 1, bias: false, generator: generator);
        _expand = Own(new ConvolutionUnit(Child("expand", expand), Child("expand_norm", new BatchNorm2d(outChannels))));
        _dropout = Child("dropout", new SpatialDropout(dropout));
        _activation = Child("prelu", new PRelu(outChannels));
    }

    protected Tensor End(Tensor branch, Tensor main) =>
        _activation!.Forward(_dropout!.Forward(_expand!.Forward(branch)).AddInPlace(main));
}

/// <summary>A bottleneck that keeps size and channels: 1x1, 3x3 (or dilated, or asymmetric), 1x1 (Paszke et al. 2016, figure 2b).</summary>
internal sealed class ENetBottleneck : ENetBranch
{
    private readonly ConvNormPRelu _reduce, _middle;

    public ENetBottleneck(long channels, ENetMiddle middle, double dropout, Generator? generator) : base(channels)
    {
        long between = channels / Reduction;
        _reduce = Child("reduce", new ConvNormPRelu(new Conv2d(channels, between, 1, bias: false, generator: generator)));
        _middle = Child("middle", middle.Asymmetric is { } n
            ? new ConvNormPRelu(before: new Conv2d(between, between, (n, 1), (n / 2, 0), bias: false, generator: generator),
                convolution: new Conv2d(between, between, (1, n), (0, n / 2), bias: false, generator: generator))
            : new ConvNormPRelu(new Conv2d(between, between, 3, padding: middle.Dilation, dilation: middle.Dilation, bias: false,
                generator: generator)));
        AddEnd(between, dropout, generator);
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    public Tensor Forward(Tensor input)
    {
        using var scope = new TensorScope();
        return scope.Keep(End(_middle.Forward(_reduce.Forward(input)), input));
    }
}

/// <summary>A bottleneck that halves the size: 2x2 with stride 2, 3x3, 1x1, beside max pooling that is padded with channels of zeros.</summary>
internal sealed class ENetDownsampling : ENetBranch
{
    private readonly long _added;
    private readonly ConvNormPRelu _reduce, _middle;

    public ENetDownsampling(long channels, long outChannels, double dropout, Generator? generator) : base(outChannels)
    {
        long between = outChannels / Reduction;
        _added = outChannels - channels;
        _reduce = Child("reduce", new ConvNormPRelu(new Conv2d(channels, between, 2, 2, bias: false, generator: generator)));
        _middle = Child("middle", new ConvNormPRelu(new Conv2d(between, between, 3, padding: 1, bias: false, generator: generator)));
        AddEnd(between, dropout, generator);
    }

    /// <summary>N x C x H x W to N x C' x H/2 x W/2, and where the maxima were, N x C x H/2 x W/2.</summary>
    public (Tensor Map, Tensor Places) Forward(Tensor input)
    {
        using var scope = new TensorScope();
        (Tensor pooled, Tensor places) = MaxUnpooling.Pool(input);
        Tensor map = End(_middle.Forward(_reduce.Forward(input)), pooled.Pad([0, 0, 0, 0, 0, _added]));
        return (scope.Keep(map), scope.Keep(places));
    }
}

/// <summary>A bottleneck that doubles the size: 1x1, transposed 3x3 with stride 2, 1x1, beside a 1x1 convolution and max unpooling.</summary>
internal sealed class ENetUpsampling : ENetBranch
{
    private readonly ConvNormPRelu _reduce;
    private readonly ConvTranspose2d _enlarge;
    private readonly BatchNorm2d _norm;
    private readonly PRelu _activation;
    private readonly ConvolutionUnit _main;

    public ENetUpsampling(long channels, long outChannels, double dropout, Generator? generator) : base(outChannels)
    {
        long between = outChannels / Reduction;
        var main = new Conv2d(channels, outChannels, 1, bias: false, generator: generator);
        _main = Own(new ConvolutionUnit(Child("main", main), Child("main_norm", new BatchNorm2d(outChannels))));
        _reduce = Child("reduce", new ConvNormPRelu(new Conv2d(channels, between, 1, bias: false, generator: generator)));
        _enlarge = Child("enlarge", new ConvTranspose2d(between, between, 3, 2, 1, 1, bias: false, generator: generator));
        _norm = Child("enlarge_norm", new BatchNorm2d(between));
        _activation = Child("enlarge_prelu", new PRelu(between));
        AddEnd(between, dropout, generator);
    }

    /// <summary>N x C x H x W, and where the maxima of as many channels C' were, to N x C' x 2H x 2W.</summary>
    public Tensor Forward(Tensor input, Tensor places)
    {
        using var scope = new TensorScope();
        Tensor main = MaxUnpooling.Unpool(_main.Forward(input), places, 2 * input.Size(2), 2 * input.Size(3));
        Tensor enlarged = _norm.Forward(_enlarge.Forward(_reduce.Forward(input)).ChannelsLast());
        return scope.Keep(End(_activation.Forward(enlarged), main));
    }
}
