using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Transforms;

namespace Fovea.Detection;

/// <summary>How the scale from a picture to its resized size is rounded. It decides whether a side of nearly 800 becomes 799 or
/// 800.</summary>
public enum ScaleRounding
{
    /// <summary>To float32, by a reciprocal and a product, as torchvision does up to 0.14.</summary>
    Float32,
    /// <summary>To float64, as later versions of torchvision do.</summary>
    Float64,
}

/// <summary>Turns pictures into a batch: normalises, resizes so that the shorter side is as wanted unless the longer one would
/// grow too long, and pads to one size. Safe to use from several threads.</summary>
/// <remarks>The numbers are those of torchvision's GeneralizedRCNNTransform: the picture is normalised first, then resized by
/// bilinear interpolation without antialiasing.</remarks>
public sealed record DetectionTransform
{
    /// <summary>Wanted length of the shorter side, in pixels (Lin et al. 2017, section 5: 800).</summary>
    public int MinSize { get; init => field = Positive(value, nameof(MinSize)); } = 800;

    /// <summary>Largest length of the longer side, in pixels.</summary>
    public int MaxSize { get; init => field = Positive(value, nameof(MaxSize)); } = 1333;

    /// <summary>The one size that all pictures are stretched to, whatever their shape, instead of the two lengths above; null to keep
    /// their shape.</summary>
    public ImageSize? FixedSize { get; init; }

    /// <summary>Whether batches are squares of side <see cref="MaxSize"/>, whatever the pictures' shape: each keeps its shape and lies in
    /// the upper left corner.</summary>
    public bool Square { get; init; }

    /// <summary>What the network sees where a batch has no picture, after normalisation.</summary>
    public double Ground { get; init => field = double.IsFinite(value) ? value
        : throw new ArgumentOutOfRangeException(nameof(Ground), value, "The ground is a finite number."); }

    /// <summary>Height and width of a batch are multiples of this, so that every level of a pyramid fits.</summary>
    public int SizeDivisor { get; init => field = Positive(value, nameof(SizeDivisor)); } = 32;

    /// <summary>How the scale of resizing is rounded: about half of all picture sizes come out a pixel apart.</summary>
    public ScaleRounding Rounding { get; init; }

    /// <summary>How colours become numbers.</summary>
    public Normalization Normalization { get; init; } = Normalization.ImageNet;

    /// <summary>The size that a picture has in the batch.</summary>
    public ImageSize ResizedSize(ImageSize size)
    {
        if (FixedSize is { } wanted) return wanted;
        int shorter = Math.Min(size.Height, size.Width), longer = Math.Max(size.Height, size.Width);
        double scale = Rounding == ScaleRounding.Float32
            ? Math.Min(1f / shorter * MinSize, 1f / longer * MaxSize)
            : Math.Min((double)MinSize / shorter, (double)MaxSize / longer);
        return new ImageSize(Math.Max(1, (int)Math.Floor(size.Height * scale)), Math.Max(1, (int)Math.Floor(size.Width * scale)));
    }

    /// <summary>The same for another length of the shorter side; the limit of the longer one changes with it.</summary>
    /// <exception cref="InvalidOperationException">All pictures are stretched to one size.</exception>
    public DetectionTransform WithShorterSide(int side) => FixedSize is null
        ? this with { MinSize = side, MaxSize = (int)Math.Round((double)MaxSize * side / MinSize) }
        : throw new InvalidOperationException($"All pictures are stretched to {FixedSize}: their shorter side cannot change.");

    /// <summary>A batch from decoded pictures.</summary>
    public ImageBatch Batch(IReadOnlyList<Image> images) => Batch([.. images.Select(image => image.Size)], (i, target) =>
    {
        Image image = images[i];
        if (target.Size(1) == image.Height && target.Size(2) == image.Width)
        {
            Write(image, target);
            return;
        }
        Tensor planes = Tensor.Empty([3, image.Height, image.Width]);
        Write(image, planes);
        target.CopyInPlace(Functional.ResizeBilinear(planes.Unsqueeze(0), target.Size(1), target.Size(2))[0]);
    }, Device.Cpu);

    /// <summary>A batch from pictures as tensors: each 3 x H x W, float32, 0..1.</summary>
    public ImageBatch Batch(IReadOnlyList<Tensor> images)
    {
        using var scope = new TensorScope();
        Device device = images.Count > 0 ? images[0].Device : Device.Cpu;
        Tensor mean = Channels(Normalization.Mean).To(device), deviation = Channels(Normalization.Deviation).To(device);     // 3,1,1
        ImageBatch batch = Batch([.. images.Select(image => new ImageSize((int)image.Size(1), (int)image.Size(2)))], (i, target) =>
        {
            Tensor planes = ((images[i] - mean) / deviation).Unsqueeze(0);                                                  // 1,3,H,W
            target.CopyInPlace(Functional.ResizeBilinear(planes, target.Size(1), target.Size(2))[0]);
        }, device);
        scope.Keep(batch.Pixels);
        return batch;
    }

    // Each picture is written into its corner of the batch.
    private ImageBatch Batch(ImageSize[] sizes, Action<int, Tensor> write, Device device)
    {
        if (sizes.Length == 0) throw new ArgumentException("A batch needs at least one picture.", nameof(sizes));
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        ImageSize[] resized = [.. sizes.Select(ResizedSize)];
        ImageSize padded = Square ? new(RoundUp(MaxSize), RoundUp(MaxSize))
            : new(RoundUp(resized.Max(s => s.Height)), RoundUp(resized.Max(s => s.Width)));
        Tensor pixels = Tensor.Full([sizes.Length, 3, padded.Height, padded.Width], Ground, device: device);
        for (int i = 0; i < sizes.Length; i++)
        {
            using var pictureScope = new TensorScope();
            write(i, pixels[i, .., ..resized[i].Height, ..resized[i].Width]);
        }
        return new ImageBatch(scope.Keep(pixels), resized, sizes);
    }

    // The target may be a corner of a larger tensor: rows and planes keep its strides.
    private unsafe void Write(Image image, Tensor target)
    {
        long[] strides = target.Strides;
        var planes = new Span<float>(target.DataPointer, checked((int)(2 * strides[0] + (image.Height - 1) * strides[1] + image.Width)));
        Normalization.Write(image, planes, (int)strides[0], (int)strides[1]);
        GC.KeepAlive(target);
    }

    private static Tensor Channels((float Red, float Green, float Blue) values) =>
        Tensor.From([values.Red, values.Green, values.Blue], 3, 1, 1);

    private int RoundUp(int length) => (length + SizeDivisor - 1) / SizeDivisor * SizeDivisor;

    private static int Positive(int value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "A size is a positive number of pixels.");
}
