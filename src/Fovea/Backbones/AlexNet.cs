using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>AlexNet, in the form that its author later gave it for one device.</summary>
/// <remarks>Krizhevsky: "One Weird Trick for Parallelizing Convolutional Neural Networks" (2014), footnote 1 and section 5: one column of
/// 64, 192, 384, 256 and 256 channels without local response normalisation, in place of the two columns of Krizhevsky, Sutskever,
/// Hinton: "ImageNet Classification with Deep Convolutional Neural Networks" (NIPS 2012), figure 2. The maps are those before
/// each pooling. Parameter names are torchvision's (features.0, ..., classifier.6).</remarks>
public sealed class AlexNet : Backbone
{
    private const int HeadGrid = 6, HeadWidth = 4096;

    private readonly ConvolutionUnit _first, _second;
    private readonly ConvolutionUnit[] _third;
    private readonly Sequential? _classifier;

    /// <summary>A network with PyTorch's initial weights.</summary>
    /// <param name="options">What is common to all backbones; the head drops half of its inputs where they do not say otherwise.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public AlexNet(BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("an AlexNet");
        using var scope = new TensorScope();
        var features = new Sequential(
        [
            ("0", new Conv2d(3, 64, 11, stride: 4, padding: 2, generator: generator)),
            ("3", new Conv2d(64, 192, 5, padding: 2, generator: generator)),
            ("6", new Conv2d(192, 384, 3, padding: 1, generator: generator)),
            ("8", new Conv2d(384, 256, 3, padding: 1, generator: generator)),
            ("10", new Conv2d(256, 256, 3, padding: 1, generator: generator)),
        ]);
        Child("features", features);
        ConvolutionUnit Unit(int index) => Own(new ConvolutionUnit((Conv2d)features[index], activation: Activation.Relu));
        (_first, _second, _third) = (Unit(0), Unit(1), [Unit(2), Unit(3), Unit(4)]);
        double dropout = options.Dropout ?? 0.5;
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", new Sequential(
                new Dropout(dropout), new Linear(256 * HeadGrid * HeadGrid, HeadWidth, generator: generator),
                new ActivationLayer(Activation.Relu),
                new Dropout(dropout), new Linear(HeadWidth, HeadWidth, generator: generator), new ActivationLayer(Activation.Relu),
                new Linear(HeadWidth, classes, generator: generator)));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; } =
    [
        new("conv1", ["features.0."], 64, 4),
        new("conv2", ["features.3."], 192, 8),
        new("conv3-5", ["features.6.", "features.8.", "features.10."], 256, 16),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.6."];

    /// <summary>N x 3 x H x W to N x 64 x H/4 x W/4, N x 192 x H/8 x W/8 and N x 256 x H/16 x W/16; the pooling windows overlap and do not
    /// reach over the border, so that sizes are about one pixel less.</summary>
    /// <exception cref="ArgumentException">The pictures are smaller than 31 x 31.</exception>
    public override Tensor[] Forward(Tensor images)
    {
        ExpectAtLeast(images, 31);
        Tensor first = _first.Forward(images.ChannelsLast());
        Tensor second = _second.Forward(Functional.MaxPool2d(first, 3, 2));
        Tensor third = Functional.MaxPool2d(second, 3, 2);
        foreach (ConvolutionUnit unit in _third) third = unit.Forward(third);
        return [first, second, third];
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images)
    {
        ExpectAtLeast(images, 63);
        Tensor x = Functional.MaxPool2d(Forward(images)[^1], 3, 2);
        return _classifier!.Forward(Functional.AdaptiveAvgPool2d(x, HeadGrid, HeadGrid).Flatten(1));
    }
}
