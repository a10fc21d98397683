using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>ResNet: convolutions with shortcuts, as the backbone of detectors and segmenters.</summary>
/// <remarks>He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (CVPR 2016), table 1; with the stride of a
/// bottleneck on its 3x3 convolution, as in torchvision. Parameter names are torchvision's (conv1, bn1, layer1.0.conv1, ...).</remarks>
public sealed class ResNet : Module, IBackbone
{
    private readonly Module[] _stem;
    private readonly ConvolutionUnit _stemUnit;
    private readonly Sequential[] _stages;

    /// <summary>Builds a network with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-out mode.</summary>
    /// <param name="depth">18, 34, 50, 101 or 152.</param>
    /// <param name="norm">Makes the normalisation of so many channels.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no ResNet of this depth.</exception>
    public ResNet(int depth, Func<long, Layer>? norm = null, Generator? generator = null)
    {
        norm ??= channels => new BatchNorm2d(channels);
        (int[] blocks, bool bottleneck) = depth switch
        {
            18 => ((int[])[2, 2, 2, 2], false),
            34 => ([3, 4, 6, 3], false),
            50 => ([3, 4, 6, 3], true),
            101 => ([3, 4, 23, 3], true),
            152 => ([3, 8, 36, 3], true),
            _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "ResNet comes with 18, 34, 50, 101 or 152 layers."),
        };
        using var scope = new TensorScope();
        int expansion = bottleneck ? BottleneckBlock.Expansion : 1;
        Conv2d conv1 = Child("conv1", new Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false, generator: generator));
        Layer bn1 = Child("bn1", norm(64));
        _stem = [conv1, bn1];
        _stemUnit = Own(new ConvolutionUnit(conv1, bn1, relu: true));
        _stages = new Sequential[4];
        long channels = 64;
        for (int stage = 0; stage < 4; stage++)
        {
            long width = 64L << stage;
            var layers = new Layer[blocks[stage]];
            for (int i = 0; i < layers.Length; i++)
            {
                long stride = i == 0 && stage > 0 ? 2 : 1;
                layers[i] = bottleneck ? new BottleneckBlock(channels, width, stride, norm, generator)
                                       : new BasicBlock(channels, width, stride, norm, generator);
                channels = width * expansion;
            }
            _stages[stage] = Child($"layer{stage + 1}", new Sequential(layers));
        }
        StageChannels = [64 * expansion, 128 * expansion, 256 * expansion, 512 * expansion];
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
    }

    /// <summary>Channels of C2 to C5, at strides 4, 8, 16 and 32.</summary>
    public IReadOnlyList<long> StageChannels { get; }

    /// <summary>The stem: conv1 and bn1, then layer1 to layer4, for freezing from the input on.</summary>
    public IReadOnlyList<Module[]> Stages => [_stem, [_stages[0]], [_stages[1]], [_stages[2]], [_stages[3]]];

    /// <summary>N x 3 x H x W to C2, C3, C4, C5.</summary>
    public Tensor[] Forward(Tensor images)
    {
        // Channels-last maps spare oneDNN laying out every map anew, forward and backward; all that follows keeps the layout.
        Tensor x = _stemUnit.Forward(images.ChannelsLast());   // N,64,H/2,W/2
        x = Functional.MaxPool2d(x, 3, 2, 1);                  // N,64,H/4,W/4
        var features = new Tensor[4];
        for (int stage = 0; stage < 4; stage++) features[stage] = x = _stages[stage].Forward(x);
        return features;
    }
}

/// <summary>Two 3x3 convolutions and a shortcut (He et al. 2016, figure 5 left).</summary>
internal sealed class BasicBlock : Layer
{
    private readonly ConvolutionUnit _first, _second;
    private readonly ConvolutionUnit? _shortcut;

    public BasicBlock(long channels, long width, long stride, Func<long, Layer> norm, Generator? generator)
    {
        Conv2d conv1 = Child("conv1", new Conv2d(channels, width, 3, stride, 1, bias: false, generator: generator));
        Layer bn1 = Child("bn1", norm(width));
        Conv2d conv2 = Child("conv2", new Conv2d(width, width, 3, 1, 1, bias: false, generator: generator));
        Layer bn2 = Child("bn2", norm(width));
        _first = Own(new ConvolutionUnit(conv1, bn1, relu: true));
        _second = Own(new ConvolutionUnit(conv2, bn2));
        if (Shortcut.Create(channels, width, stride, norm, generator) is { } projection)
            _shortcut = Own(Shortcut.Unit(Child("downsample", projection)));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _second.Forward(_first.Forward(input));
        return x.AddInPlace(_shortcut?.Forward(input) ?? input).ReluInPlace();
    }
}

/// <summary>1x1, 3x3, 1x1 convolutions and a shortcut (He et al. 2016, figure 5 right).</summary>
internal sealed class BottleneckBlock : Layer
{
    public const int Expansion = 4;

    private readonly ConvolutionUnit _reduce, _spatial, _expand;
    private readonly ConvolutionUnit? _shortcut;

    public BottleneckBlock(long channels, long width, long stride, Func<long, Layer> norm, Generator? generator)
    {
        Conv2d conv1 = Child("conv1", new Conv2d(channels, width, 1, bias: false, generator: generator));
        Layer bn1 = Child("bn1", norm(width));
        Conv2d conv2 = Child("conv2", new Conv2d(width, width, 3, stride, 1, bias: false, generator: generator));
        Layer bn2 = Child("bn2", norm(width));
        Conv2d conv3 = Child("conv3", new Conv2d(width, width * Expansion, 1, bias: false, generator: generator));
        Layer bn3 = Child("bn3", norm(width * Expansion));
        _reduce = Own(new ConvolutionUnit(conv1, bn1, relu: true));
        _spatial = Own(new ConvolutionUnit(conv2, bn2, relu: true));
        _expand = Own(new ConvolutionUnit(conv3, bn3));
        if (Shortcut.Create(channels, width * Expansion, stride, norm, generator) is { } projection)
            _shortcut = Own(Shortcut.Unit(Child("downsample", projection)));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _expand.Forward(_spatial.Forward(_reduce.Forward(input)));
        return x.AddInPlace(_shortcut?.Forward(input) ?? input).ReluInPlace();
    }
}

/// <summary>The projection that lets a shortcut change its channels or stride; none where neither changes.</summary>
internal static class Shortcut
{
    public static Sequential? Create(long channels, long outChannels, long stride, Func<long, Layer> norm, Generator? generator) =>
        channels == outChannels && stride == 1
            ? null
            : new Sequential(new Conv2d(channels, outChannels, 1, stride, bias: false, generator: generator), norm(outChannels));

    public static ConvolutionUnit Unit(Sequential projection) => new((Conv2d)projection[0], projection[1]);
}
