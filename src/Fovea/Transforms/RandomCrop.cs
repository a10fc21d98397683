using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Cuts a rectangle out of the picture at a random place and keeps the boxes honest.</summary>
/// <remarks>
/// <para>A side shorter than the crop's is kept whole (nothing is padded: batches do that).</para>
/// <para>Objects that the crop does not cut stay as they are. The box of a cut object becomes its part inside the crop; where the
/// object has a mask, the box also shrinks to what is left of the mask, since a box must not enclose what is not to be seen.
/// The object is dropped when less than <see cref="LeastVisible"/> of it is left (of its mask, or of its box where it has none), or
/// when the box would be thinner than one pixel. Crowd regions (<see cref="Structures.Annotation.IsCrowd"/>) stay however little
/// of them is left: they excuse detections, and must go on doing so. Key points outside become not labelled (0, 0, 0).</para>
/// <para>When the picture has objects and a crop keeps none, another place is drawn, up to <see cref="Attempts"/> in all; the last
/// one is taken as it is.</para>
/// </remarks>
public sealed record RandomCrop : Transform
{
    /// <summary>A random crop.</summary>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="leastVisible">Share of an object that must be left for it to stay annotated, 0 to 1.</param>
    /// <param name="attempts">How many places are tried for one that keeps an object; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomCrop(ImageSize size, double leastVisible = 0.25, int attempts = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, nameof(size));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, nameof(size));
        if (!(leastVisible is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(leastVisible), leastVisible, "The visible share of an object is 0 to 1.");
        if (attempts is < 1 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(attempts), attempts, "The number of attempts is 1 to 1000.");
        (Size, LeastVisible, Attempts) = (size, leastVisible, attempts);
    }

    /// <summary>Height and width of the crop in pixels.</summary>
    public ImageSize Size { get; }

    /// <summary>Share of an object that must be left for it to stay annotated.</summary>
    public double LeastVisible { get; }

    /// <summary>How many places are tried for one that keeps an object.</summary>
    public int Attempts { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        ImageSize whole = sample.Image.Size;
        var size = new ImageSize(Math.Min(Size.Height, whole.Height), Math.Min(Size.Width, whole.Width));
        if (size == whole) return sample;
        for (int attempt = 1; ; attempt++)
        {
            int top = random.Next(whole.Height - size.Height + 1), left = random.Next(whole.Width - size.Width + 1);
            Sample cropped = Motion.Crop(sample, top, left, size, LeastVisible);
            if (attempt == Attempts || cropped.Annotations.Count > 0 || sample.Annotations.Count == 0) return cropped;
        }
    }
}
