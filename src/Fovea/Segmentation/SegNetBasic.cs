using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SegNet-Basic: four 7x7 convolutions of 64 channels with pooling, and four with max unpooling.</summary>
/// <remarks>Badrinarayanan, Kendall, Cipolla: "SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image Segmentation" (2015,
/// PAMI 2017), section 3.1: batch norm after every convolution, no biases, and no ReLU in the decoder. Weights begin by He et al.
/// (2015).</remarks>
public sealed class SegNetBasic : Segmenter
{
    private const int Depth = 4, Channels = 64, Kernel = 7;

    private readonly ModuleList<ConvNormActivation> _encoder, _decoder;
    private readonly Conv2d _classifier;

    /// <summary>The paper's network.</summary>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SegNetBasic(SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        ConvNormActivation Convolution(long channels, Activation activation) =>
            new(channels, Channels, Kernel, 1, c => new BatchNorm2d(c), activation, generator: generator);
        _encoder = Child("encoder", new ModuleList<ConvNormActivation>(
            Enumerable.Range(0, Depth).Select(i => Convolution(i == 0 ? 3 : Channels, Activation.Relu))));
        _decoder = Child("decoder", new ModuleList<ConvNormActivation>(
            Enumerable.Range(0, Depth).Select(_ => Convolution(Channels, Activation.None))));
        _classifier = Child("classifier", new Conv2d(Channels, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(this, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages =>
        [.. Enumerable.Range(0, Depth).Select(i => new BackboneStage($"encoder{i + 1}", [$"encoder.{i}."], Channels, 1 << i))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 1 << Depth;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor x = images.ChannelsLast();
        var places = new Tensor[Depth];
        for (int i = 0; i < Depth; i++) (x, places[i]) = Encode(i, x);             // N,64,H/2,W/2 ... N,64,H/16,W/16
        for (int i = Depth - 1; i >= 0; i--) x = Decode(Depth - 1 - i, x, places[i]);
        return [scope.Keep(_classifier.Forward(x))];
    }

    // What lies between two poolings is released on the way.
    private (Tensor Map, Tensor Places) Encode(int i, Tensor x)
    {
        using var scope = new TensorScope();
        (Tensor map, Tensor places) = MaxUnpooling.Pool(_encoder[i].Forward(x));
        return (scope.Keep(map), scope.Keep(places));
    }

    private Tensor Decode(int i, Tensor x, Tensor places)
    {
        using var scope = new TensorScope();
        return scope.Keep(_decoder[i].Forward(MaxUnpooling.Unpool(x, places, 2 * x.Size(2), 2 * x.Size(3))));
    }
}
