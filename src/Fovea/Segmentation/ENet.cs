using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>ENet: a network for real time, of bottlenecks at 1/8 of the picture, with a large encoder and a small decoder.</summary>
/// <remarks>Paszke, Chaurasia, Kim, Culurciello: "ENet: A Deep Neural Network Architecture for Real-Time Semantic Segmentation" (2016),
/// section 3, table 1, figure 2. PReLU is everywhere, in the decoder too; the two convolutions of an asymmetric bottleneck follow each
/// other directly; no convolution but the last has a bias. The initial block's three pooled channels are the picture's, and the last layer
/// is a bare transposed 2x2 convolution, both as the paper says; its 2 x 2 is the authors' program's. Weights begin as PyTorch's.</remarks>
public sealed class ENet : Segmenter
{
    private const int InitialChannels = 16;

    private readonly Conv2d _initial;
    private readonly BatchNorm2d _initialNorm;
    private readonly PRelu _initialActivation;
    private readonly ENetDownsampling _down1, _down2;
    private readonly ModuleList<ENetBottleneck> _stage1, _stage2, _stage3, _stage4, _stage5;
    private readonly ENetUpsampling _up4, _up5;
    private readonly ConvTranspose2d _fullConvolution;

    /// <summary>The paper's network.</summary>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads. Dropout is that of the bottlenecks from the
    /// second stage on, 0.1 where the options do not say, and a tenth of it in the first (0.01).</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ENet(SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        double dropout = options.Dropout ?? 0.1, first = dropout / 10;
        ModuleList<ENetBottleneck> Stage(long channels, double drop, params ENetMiddle[] middles) =>
            new(middles.Select(middle => new ENetBottleneck(channels, middle, drop, generator)));
        // Table 1: bottlenecks 2.1 to 2.8, which the third stage repeats.
        ENetMiddle regular = new(), asymmetric = new(Asymmetric: 5);
        ENetMiddle[] second = [regular, new(2), asymmetric, new(4), regular, new(8), asymmetric, new(16)];
        _initial = Child("initial", new Conv2d(3, InitialChannels - 3, 3, 2, 1, bias: false, generator: generator));
        _initialNorm = Child("initial_norm", new BatchNorm2d(InitialChannels));
        _initialActivation = Child("initial_prelu", new PRelu(InitialChannels));
        _down1 = Child("down1", new ENetDownsampling(InitialChannels, 64, first, generator));
        _stage1 = Child("stage1", Stage(64, first, regular, regular, regular, regular));
        _down2 = Child("down2", new ENetDownsampling(64, 128, dropout, generator));
        _stage2 = Child("stage2", Stage(128, dropout, second));
        _stage3 = Child("stage3", Stage(128, dropout, second));
        _up4 = Child("up4", new ENetUpsampling(128, 64, dropout, generator));
        _stage4 = Child("stage4", Stage(64, dropout, regular, regular));
        _up5 = Child("up5", new ENetUpsampling(64, InitialChannels, dropout, generator));
        _stage5 = Child("stage5", Stage(InitialChannels, dropout, regular));
        _fullConvolution = Child("fullconv", new ConvTranspose2d(InitialChannels, ClassCount, 2, 2, generator: generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages =>
    [
        new("initial", ["initial.", "initial_norm.", "initial_prelu."], InitialChannels, 2),
        new("stage1", ["down1.", "stage1."], 64, 4), new("stage2", ["down2.", "stage2."], 128, 8), new("stage3", ["stage3."], 128, 8),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fullconv."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 8;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        (Tensor x, Tensor places1) = _down1.Forward(Initial(images));           // N,64,H/4,W/4
        (x, Tensor places2) = _down2.Forward(Run(_stage1, x));                  // N,128,H/8,W/8
        x = Run(_stage3, Run(_stage2, x));
        x = Run(_stage4, _up4.Forward(x, places2));                             // N,64,H/4,W/4
        x = Run(_stage5, _up5.Forward(x, places1));                             // N,16,H/2,W/2
        return [scope.Keep(_fullConvolution.Forward(x))];                       // N,K,H,W
    }

    private Tensor Initial(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor x = images.ChannelsLast();
        Tensor joined = Tensor.Cat([_initial.Forward(x), Functional.MaxPool2d(x, 2, 2)], 1);   // N,16,H/2,W/2
        return scope.Keep(_initialActivation.Forward(_initialNorm.Forward(joined)));
    }

    private static Tensor Run(IEnumerable<ENetBottleneck> bottlenecks, Tensor x)
    {
        using var scope = new TensorScope();
        foreach (ENetBottleneck bottleneck in bottlenecks)
        {
            Tensor output = bottleneck.Forward(x);
            scope.Release(x);
            x = output;
        }
        return scope.Keep(x);
    }
}
