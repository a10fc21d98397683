using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SETR-MLA, multi-level feature aggregation: states of four layers of a vision transformer, summed from the last to the first,
/// enlarged four times and joined.</summary>
/// <remarks>Zheng et al. 2021 (<see cref="Setr"/>), section 3.2, figure 1c: layers 6, 12, 18 and 24. The text halves a state's 1,024
/// channels at the first and at the third convolution; 256 channels in the aggregation and 128 behind it are the authors' program's, and
/// the ones that give the 310.57 M parameters of table 2. Auxiliary heads are linear classifiers on the aggregated streams, as in the
/// program.</remarks>
public sealed class SetrMla : Setr
{
    private const int Enlarging = 4;

    private static readonly int[] Layers = [6, 12, 18, 24];

    private readonly MultiLevelAggregation _aggregation;
    private readonly ModuleList<Sequential> _streams;
    private readonly Conv2d _classifier;
    private readonly ModuleList<Conv2d> _auxiliary;

    /// <summary>Puts the decoder on an encoder.</summary>
    /// <param name="backbone">An encoder without a head, every layer of which gives a map at the same stride.</param>
    /// <param name="options">What is common to all segmenters; there is no dropout.</param>
    /// <param name="channels">Of the aggregation; half as many behind it.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SetrMla(Backbone backbone, SegmenterOptions options, int channels = 256, Generator? generator = null)
        : base(backbone, options, Layers)
    {
        long half = channels / 2;
        ConvNormActivation Convolution(long from) => new(from, half, 3, 1, c => new BatchNorm2d(c), generator: generator);
        _aggregation = Child("aggregation", new MultiLevelAggregation(Layers.Length, Width, channels, generator));
        _streams = Child("streams",
            new ModuleList<Sequential>(Layers.Select(_ => new Sequential(Convolution(channels), Convolution(half)))));
        _classifier = Child("classifier", new Conv2d(Layers.Length * half, ClassCount, 1, generator: generator));
        _auxiliary = Child("aux_classifiers", new ModuleList<Conv2d>((options.Auxiliary ? Layers : []).Select(_ =>
            new Conv2d(channels, ClassCount, 1, generator: generator))));
        InitialWeights.FanIn(_streams, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.", "aux_classifiers."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => [.. _auxiliary.Select(_ => 0.4)];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] streams = Streams(images);                                             // N,256,H/16,W/16
        Tensor scores = _classifier.Forward(Join(streams));                             // N,K,H/4,W/4
        return scope.Keep(auxiliary ? [scores, .. _auxiliary.Select((head, i) => head.Forward(streams[i]))] : [scores]);
    }

    private Tensor[] Streams(Tensor images)
    {
        using var scope = new TensorScope();
        return scope.Keep(_aggregation.Forward(Encode(images).Looked));
    }

    // N,256,h,w each to N,4*128,4h,4w.
    private Tensor Join(Tensor[] streams)
    {
        using var scope = new TensorScope();
        (long height, long width) = (Enlarging * streams[0].Size(2), Enlarging * streams[0].Size(3));
        Tensor[] enlarged = [.. streams.Select((stream, i) => Functional.ResizeBilinear(_streams[i].Forward(stream), height, width))];
        return scope.Keep(Tensor.Cat(enlarged, 1).ChannelsLast());
    }
}
