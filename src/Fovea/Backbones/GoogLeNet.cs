using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>GoogLeNet: Inception modules, with two auxiliary heads while training.</summary>
/// <remarks>Szegedy et al.: "Going Deeper with Convolutions" (CVPR 2015), table 1, with the batch norm of Ioffe and Szegedy: "Batch
/// Normalization" (ICML 2015) and, as in torchvision, 3x3 convolutions where the paper has 5x5 ones. The auxiliary losses count 0.3
/// (section 5). The maps are those before each pooling, from conv3 on. Parameter names are torchvision's (conv1.conv,
/// inception3a.branch1.conv, ..., aux1, aux2, fc).</remarks>
public sealed class GoogLeNet : Backbone
{
    private const double Epsilon = 1e-3;

    private readonly InceptionConvolution _conv1, _conv2, _conv3;
    private readonly InceptionModule[] _third, _fourth, _fifth;
    private readonly GoogLeNetAuxiliary? _aux1, _aux2;
    private readonly Dropout _dropout;
    private readonly Linear? _classifier;

    /// <summary>A network with torchvision's initial weights: a normal distribution of deviation 0.01.</summary>
    /// <param name="options">What is common to all backbones; the head drops a fifth of its inputs where they do not say otherwise, the
    /// auxiliary ones always 0.7 of theirs (the paper's section 5 has 0.4 and 0.7).</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public GoogLeNet(BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a GoogLeNet");
        using var scope = new TensorScope();
        Func<long, Layer> norm = channels => options.Norm(channels, Epsilon);
        _conv1 = Child("conv1", new InceptionConvolution(3, 64, 7, norm, generator, stride: 2));
        _conv2 = Child("conv2", new InceptionConvolution(64, 64, 1, norm, generator));
        _conv3 = Child("conv3", new InceptionConvolution(64, 192, 3, norm, generator));
        InceptionModule Module(string name, long channels, InceptionWidths widths) =>
            Child($"inception{name}", new InceptionModule(channels, widths, norm, generator));
        _third = [Module("3a", 192, new(64, 96, 128, 16, 32, 32)), Module("3b", 256, new(128, 128, 192, 32, 96, 64))];
        _fourth =
        [
            Module("4a", 480, new(192, 96, 208, 16, 48, 64)), Module("4b", 512, new(160, 112, 224, 24, 64, 64)),
            Module("4c", 512, new(128, 128, 256, 24, 64, 64)), Module("4d", 512, new(112, 144, 288, 32, 64, 64)),
            Module("4e", 528, new(256, 160, 320, 32, 128, 128)),
        ];
        _fifth = [Module("5a", 832, new(256, 160, 320, 32, 128, 128)), Module("5b", 832, new(384, 192, 384, 48, 128, 128))];
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.2));
        if (options.ClassCount is { } classes)
        {
            if (options.AuxiliaryHeads)
            {
                _aux1 = Child("aux1", new GoogLeNetAuxiliary(512, classes, norm, generator));
                _aux2 = Child("aux2", new GoogLeNetAuxiliary(528, classes, norm, generator));
            }
            _classifier = Child("fc", new Linear(1024, classes, generator: generator));
        }
        foreach ((_, Module module) in NamedModules())
            if (((module as Conv2d)?.Weight ?? (module as Linear)?.Weight) is { } weight)
                Init.TruncatedNormal(weight, standardDeviation: 0.01, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; } =
    [
        new("conv1", ["conv1."], 64, 2, GivesMap: false),
        new("conv3", ["conv2.", "conv3."], 192, 4),
        new("inception3", ["inception3a.", "inception3b."], 480, 8),
        new("inception4", ["inception4a.", "inception4b.", "inception4c.", "inception4d.", "inception4e."], 832, 16),
        new("inception5", ["inception5a.", "inception5b."], 1024, 32),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => _aux1 is null ? ["fc."] : ["aux1.fc2.", "aux2.fc2.", "fc."];

    /// <inheritdoc/>
    public override double AuxiliaryWeight => 0.3;

    /// <summary>N x 3 x H x W to the maps of conv3 and of the three groups of Inception modules, sizes rounded up.</summary>
    /// <exception cref="ArgumentException">The pictures are smaller than 15 x 15.</exception>
    public override Tensor[] Forward(Tensor images) => Run(images).Maps;

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => Scores(Run(images).Maps[^1]);

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images)
    {
        if (!Training || _aux1 is null || _aux2 is null) return [Head(images)];
        (Tensor[] maps, Tensor first, Tensor second) = Run(images);
        return [Scores(maps[^1]), _aux1.Forward(first), _aux2.Forward(second)];
    }

    private Tensor Scores(Tensor map) => _classifier!.Forward(_dropout.Forward(map.Mean([2, 3])));

    // The maps, and those of modules 4a and 4d, where the auxiliary heads sit.
    private (Tensor[] Maps, Tensor First, Tensor Second) Run(Tensor images)
    {
        ExpectAtLeast(images, 15);
        Tensor x = Functional.MaxPool2d(_conv1.Forward(images.ChannelsLast()), 3, 2, ceilMode: true);      // N,64,H/4,W/4
        Tensor conv3 = _conv3.Forward(_conv2.Forward(x));                                                   // N,192,H/4,W/4
        Tensor[] third = Through(_third, Functional.MaxPool2d(conv3, 3, 2, ceilMode: true));                // N,480,H/8,W/8
        Tensor[] fourth = Through(_fourth, Functional.MaxPool2d(third[^1], 3, 2, ceilMode: true));          // N,832,H/16,W/16
        Tensor[] fifth = Through(_fifth, Functional.MaxPool2d(fourth[^1], 2, 2, ceilMode: true));           // N,1024,H/32,W/32
        return ([conv3, third[^1], fourth[^1], fifth[^1]], fourth[0], fourth[3]);
    }

    private static Tensor[] Through(InceptionModule[] modules, Tensor x)
    {
        var outputs = new Tensor[modules.Length];
        for (int i = 0; i < modules.Length; i++) outputs[i] = x = modules[i].Forward(x);
        return outputs;
    }
}
