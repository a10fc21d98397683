using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which network of the VGG family: a column of its table.</summary>
/// <param name="Convolutions">3x3 convolutions of each of the five blocks.</param>
/// <param name="BatchNorm">Whether each is followed by batch norm, which the paper did not have yet.</param>
public sealed record VggDesign(IReadOnlyList<int> Convolutions, bool BatchNorm = false)
{
    /// <summary>Channels of the first block: 64. They double from block to block, to eight times as many.</summary>
    public int Width { get; init => field = Check.Positive(value); } = 64;

    /// <summary>Whether a pooling that dilation leaves without its stride is left out (Yu and Koltun: "Multi-Scale Context Aggregation by
    /// Dilated Convolutions", ICLR 2016, section 4) instead of taken at every pixel.</summary>
    public bool DropsDensePooling { get; init; }

    /// <summary>VGG with so many layers that have weights: columns A, B, D and E of the paper's table 1.</summary>
    /// <param name="depth">11, 13, 16 or 19.</param>
    /// <param name="batchNorm">Whether each convolution is followed by batch norm.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no VGG of this depth.</exception>
    public static VggDesign OfDepth(int depth, bool batchNorm = false) => depth switch
    {
        11 => new([1, 1, 2, 2, 2], batchNorm),
        13 => new([2, 2, 2, 2, 2], batchNorm),
        16 => new([2, 2, 3, 3, 3], batchNorm),
        19 => new([2, 2, 4, 4, 4], batchNorm),
        _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "VGG comes with 11, 13, 16 or 19 layers."),
    };
}

/// <summary>VGG: blocks of 3x3 convolutions, each followed by max pooling, and three fully connected layers.</summary>
/// <remarks>Simonyan and Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015), table 1. The maps
/// are those at the ends of the blocks, before pooling: their strides are 1, 2, 4, 8 and 16, so that an output stride of 16 changes
/// nothing; one of 8 dilates the last block. Parameter names are torchvision's (features.0, ..., classifier.6).</remarks>
public sealed class Vgg : Backbone
{
    private const int Blocks = 5, HeadGrid = 7, HeadWidth = 4096;

    private readonly ConvolutionUnit[][] _blocks = new ConvolutionUnit[Blocks][];
    private readonly bool _dilated;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones; the head drops half of its inputs where they do not say otherwise.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Vgg(VggDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        using var scope = new TensorScope();
        Design = design;
        _dilated = options.OutputStride == 8;
        var layers = new List<(string Name, Layer Layer)>();
        var stages = new List<BackboneStage>();
        long channels = 3;
        int place = 0;                                  // counts ReLU and pooling too, as torchvision does
        for (int block = 0; block < Blocks; block++)
        {
            bool dilate = _dilated && block == Blocks - 1;
            long width = (long)design.Width << Math.Min(block, 3), dilation = dilate ? 2 : 1;
            _blocks[block] = new ConvolutionUnit[design.Convolutions[block]];
            int before = layers.Count;
            for (int i = 0; i < _blocks[block].Length; i++, channels = width)
            {
                var convolution = new Conv2d(channels, width, 3, padding: dilation, dilation: dilation, generator: generator);
                layers.Add(($"{place++}", convolution));
                Layer? norm = design.BatchNorm ? options.Norm(width) : null;
                if (norm is not null) layers.Add(($"{place++}", norm));
                _blocks[block][i] = Own(new ConvolutionUnit(convolution, norm, Activation.Relu));
                place++;
            }
            place++;
            stages.Add(new BackboneStage($"block{block + 1}", [.. layers[before..].Select(layer => $"features.{layer.Name}.")], width,
                dilate ? 8 : 1 << block));
        }
        Child("features", new Sequential(layers));
        Stages = stages;
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", Classifier(channels, classes, options.Dropout ?? 0.5, generator));
        foreach ((_, Module module) in NamedModules()) Initialise(module, generator);
    }

    /// <summary>Its numbers.</summary>
    public VggDesign Design { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.6."];

    /// <summary>N x 3 x H x W to the maps at the ends of the blocks, of 64, 128, 256, 512 and 512 channels (times Width / 64); sizes
    /// rounded down.</summary>
    /// <exception cref="ArgumentException">The pictures are smaller than 16 x 16, or than 8 x 8 where the last block is
    /// dilated.</exception>
    public override Tensor[] Forward(Tensor images)
    {
        ExpectAtLeast(images, Stages[^1].Stride);
        Tensor x = images.ChannelsLast();
        var maps = new Tensor[Blocks];
        for (int block = 0; block < Blocks; block++) maps[block] = x = Run(block, x);
        return maps;
    }

    /// <summary>N x 3 x H x W through all blocks, each with its pooling, which remembers where its maxima were: for decoders that put them
    /// back there. H and W are multiples of 32.</summary>
    /// <returns>N x C x H/32 x W/32, and of each block the places in its map: N x C' x H' x W', int64.</returns>
    internal (Tensor Map, Tensor[] Places) ForwardWithPlaces(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor x = images.ChannelsLast();
        var places = new Tensor[Blocks];
        for (int block = 0; block < Blocks; block++)
        {
            Tensor map = Convolve(block, x), before = x;
            (x, places[block]) = MaxUnpooling.Pool(map);
            scope.Release(before);
            scope.Release(map);
        }
        scope.Keep(places);
        return (scope.Keep(x), places);
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images)
    {
        ExpectAtLeast(images, 1 << Blocks);
        Tensor x = Functional.MaxPool2d(Forward(images)[^1], 2, 2);                   // N,512,H/32,W/32
        return _classifier!.Forward(Functional.AdaptiveAvgPool2d(x, HeadGrid, HeadGrid).Flatten(1));
    }

    // What lies between two maps is released on the way.
    private Tensor Run(int block, Tensor x)
    {
        using var scope = new TensorScope();
        bool dense = _dilated && block == Blocks - 1;
        if (block > 0 && !dense) x = Functional.MaxPool2d(x, 2, 2);
        else if (dense && !Design.DropsDensePooling) x = DensePooling.Max(x);
        return scope.Keep(Convolve(block, x));
    }

    /// <summary>The convolutions of a block, 0 to 4, without its pooling, for networks that pool in ways of their own.</summary>
    internal Tensor Convolve(int block, Tensor x)
    {
        using var scope = new TensorScope();
        foreach (ConvolutionUnit unit in _blocks[block])
        {
            Tensor output = unit.Forward(x);
            scope.Release(x);
            x = output;
        }
        return scope.Keep(x);
    }

    private static Sequential Classifier(long channels, int classes, double dropout, Generator? generator) => new(
        new Linear(channels * HeadGrid * HeadGrid, HeadWidth, generator: generator), new ActivationLayer(Activation.Relu),
        new Dropout(dropout),
        new Linear(HeadWidth, HeadWidth, generator: generator), new ActivationLayer(Activation.Relu), new Dropout(dropout),
        new Linear(HeadWidth, classes, generator: generator));

    // Torchvision's, so that the deep ones train from the start without the paper's (section 3.1) weights of shallower ones.
    private static void Initialise(Module module, Generator? generator)
    {
        if (module is Conv2d convolution)
        {
            Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
            Init.Constant(convolution.Bias!, 0);
        }
        else if (module is Linear linear)
        {
            Init.Normal(linear.Weight, 0, 0.01, generator);
            Init.Constant(linear.Bias!, 0);
        }
    }
}
