using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Zooms in or out at random and keeps the frame: a larger picture is cropped at a random place, a smaller one is laid
/// at a random place on a ground of the mean colour.</summary>
/// <remarks>Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation" (CVPR 2021),
/// section 3, in the frame that the network sees. What a crop does to objects: see <see cref="RandomCrop"/>.</remarks>
public sealed record RandomZoom : Transform
{
    private const byte GroundRed = 124, GroundGreen = 116, GroundBlue = 104;   // ImageNet's mean: zero after normalisation

    private readonly Func<ImageSize, ImageSize> _frame;

    /// <summary>A random zoom.</summary>
    /// <param name="frame">From a picture's size to the size that the network sees it in; that is also the result's.</param>
    /// <param name="least">Smallest factor, above 0.</param>
    /// <param name="most">Largest factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factors are not ordered and within 0.1 to 10.</exception>
    public RandomZoom(Func<ImageSize, ImageSize> frame, double least, double most)
    {
        if (!(least >= 0.1 && most >= least && most <= 10))
            throw new ArgumentOutOfRangeException(nameof(least), (least, most), "The zoom must satisfy 0.1 <= least <= most <= 10.");
        (_frame, Least, Most) = (frame, least, most);
    }

    /// <summary>Smallest factor.</summary>
    public double Least { get; }

    /// <summary>Largest factor.</summary>
    public double Most { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        ImageSize frame = _frame(sample.Image.Size);
        double zoom = random.Uniform(Least, Most);
        var size = new ImageSize(Math.Max(1, (int)Math.Round(frame.Height * zoom)), Math.Max(1, (int)Math.Round(frame.Width * zoom)));
        sample = new RandomCrop(frame).Apply(Motion.Resize(sample, size), ref random);
        ImageSize left = new(frame.Height - sample.Image.Height, frame.Width - sample.Image.Width);
        return left is { Height: 0, Width: 0 } ? sample : Lay(sample, random.Next(left.Height + 1), random.Next(left.Width + 1), frame);
    }

    private static Sample Lay(Sample sample, int top, int left, ImageSize frame)
    {
        var pixels = new byte[frame.Pixels * 3];
        for (int i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (GroundRed, GroundGreen, GroundBlue);
        Copy(sample.Image.Pixels, sample.Image.Size, pixels, top, left, frame, 3);
        return sample with
        {
            Image = new Image(frame, pixels),
            Labels = sample.Labels is { } map
                ? new SegmentationMap(frame, Extend(map.Labels, map.Size, top, left, frame)) : null,
            Annotations = [.. sample.Annotations.Select(a => a with
            {
                Box = a.Box.Shift(top, left),
                Mask = a.Mask?.Crop(-top, -left, frame),
                Keypoints = [.. a.Keypoints.Select(k => k.Visibility == 0 ? k : k with { X = k.X + left, Y = k.Y + top })],
            })],
        };
    }

    private static byte[] Extend(byte[] source, ImageSize size, int top, int left, ImageSize frame)
    {
        var target = new byte[frame.Pixels];
        target.AsSpan().Fill(SegmentationMap.Ignore);
        Copy(source, size, target, top, left, frame, 1);
        return target;
    }

    private static void Copy(byte[] source, ImageSize size, byte[] target, int top, int left, ImageSize frame, int channels)
    {
        for (int y = 0; y < size.Height; y++)
            source.AsSpan(y * size.Width * channels, size.Width * channels)
                .CopyTo(target.AsSpan(((top + y) * frame.Width + left) * channels));
    }
}
