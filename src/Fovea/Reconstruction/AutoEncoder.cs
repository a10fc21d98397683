using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Reconstruction;

/// <summary>A convolutional auto-encoder: it squeezes pictures into a small map, the code, and makes them of it again.</summary>
/// <remarks>Learning needs no labels: the loss is the mean squared difference of the pixels. Hinton and Salakhutdinov: "Reducing the
/// Dimensionality of Data with Neural Networks" (Science 2006); with convolutions, Masci et al. (ICANN 2011). Its two halves, which
/// shrink and enlarge, are those of every segmentation network since.</remarks>
public sealed class AutoEncoder : Module
{
    /// <summary>Channels after each halving but the last, which gives the code.</summary>
    private static readonly long[] Widths = [32, 64, 128];

    private readonly Sequential _encoder, _decoder;

    /// <summary>An auto-encoder.</summary>
    /// <param name="options">Its numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public AutoEncoder(AutoEncoderOptions? options = null, Generator? generator = null)
    {
        Options = options ?? new AutoEncoderOptions();
        using var scope = new TensorScope();
        var encoder = new List<Layer>();
        var decoder = new List<Layer>();
        long channels = 3;
        for (int i = 0; i < Options.Halvings; i++)
        {
            bool last = i == Options.Halvings - 1;
            long width = last ? Options.CodeChannels : Widths[Math.Min(i, Widths.Length - 1)];
            encoder.Add(new ConvNormActivation(channels, width, 3, 2, last ? null : n => new BatchNorm2d(n),
                last ? Activation.None : Activation.Relu, generator: generator));
            // Its mirror image: kernels of 4 at stride 2 cover all pixels equally often, so that no chessboard shows.
            var enlarge = new ConvTranspose2d(width, channels, 4, 2, 1, bias: i == 0, generator: generator);
            decoder.Insert(0, i == 0 ? enlarge : new Sequential(enlarge, new BatchNorm2d(channels), new ActivationLayer(Activation.Relu)));
            channels = width;
        }
        _encoder = Child("encoder", new Sequential([.. encoder]));
        _decoder = Child("decoder", new Sequential([.. decoder]));
    }

    /// <summary>Its numbers.</summary>
    public AutoEncoderOptions Options { get; }

    /// <summary>Pixels of a picture to a pixel of its code, in each direction.</summary>
    public int Stride => 1 << Options.Halvings;

    /// <summary>The code of pictures.</summary>
    /// <param name="pixels">N x 3 x H x W in 0..1; H and W are multiples of <see cref="Stride"/>.</param>
    /// <returns>N x C x H/stride x W/stride.</returns>
    public Tensor Encode(Tensor pixels) => _encoder.Forward(pixels.ChannelsLast() * 2 - 1);

    /// <summary>Pictures of a code: N x 3 x H x W, in 0..1 after training, though nothing forces them to be.</summary>
    public Tensor Decode(Tensor code) => (_decoder.Forward(code) + 1) * 0.5;

    /// <summary>Pictures as a batch: resized to <see cref="AutoEncoderOptions.ImageSize"/>, 0..1.</summary>
    public Tensor Batch(IReadOnlyList<Image> images)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        long side = Options.ImageSize;
        return scope.Keep(Tensor.Stack([.. images.Select(image =>
        {
            Tensor pixels = Tensor.From<byte>(image.Pixels, [1, image.Height, image.Width, 3])
                .Permute(0, 3, 1, 2).To(DType.Float32) * (1.0 / 255);
            return image.Height == side && image.Width == side ? pixels[0]
                : Functional.ResizeBilinear(pixels, side, side, antialias: true)[0];
        })]));
    }

    /// <summary>The mean squared difference between pictures and what the network makes of them.</summary>
    /// <param name="pixels">N x 3 x H x W in 0..1.</param>
    public Tensor ComputeLoss(Tensor pixels) => Functional.MeanSquaredError(Decode(Encode(pixels)), pixels);

    /// <summary>What the network makes of pictures: N pictures of <see cref="AutoEncoderOptions.ImageSize"/>.</summary>
    /// <param name="pixels">N x 3 x H x W in 0..1.</param>
    public Image[] Reconstruct(Tensor pixels)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor bytes = (Decode(Encode(pixels)).Clamp(0, 1) * 255).Round().To(DType.UInt8).Permute(0, 2, 3, 1).To(Device.Cpu).Contiguous();
        var size = new ImageSize((int)bytes.Size(1), (int)bytes.Size(2));
        return [.. Enumerable.Range(0, (int)bytes.Size(0)).Select(n => new Image(size, bytes[n].ToArray<byte>()))];
    }
}

/// <summary>The numbers of an <see cref="AutoEncoder"/>.</summary>
public sealed record AutoEncoderOptions
{
    /// <summary>Sides of the square pictures that it learns from, in pixels; a multiple of 2^<see cref="Halvings"/>.</summary>
    public int ImageSize { get; init => field = Check.Positive(value); } = 64;

    /// <summary>How often height and width are halved: 1 to 6.</summary>
    public int Halvings { get; init => field = value is >= 1 and <= 6 ? value
        : throw new ArgumentOutOfRangeException(nameof(Halvings), value, "Halvings must be 1 to 6."); } = 3;

    /// <summary>Channels of the code. At 3 halvings 16 channels are a twelfth of the picture's numbers.</summary>
    public int CodeChannels { get; init => field = Check.Positive(value); } = 16;
}
