using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Scales the picture by a random factor, its shape kept, and cuts a rectangle of fixed size out of it at a random place; what
/// the picture does not fill becomes the mean colour, and its labels ignored.</summary>
/// <remarks>The view of a training picture in semantic segmentation: Chen et al., "DeepLab" (arXiv 1606.00915), section 4.1 (0.5
/// to 1.5); Zhao et al., "Pyramid Scene Parsing Network" (CVPR 2017), section 5.1 (0.5 to 2). The part is cut out first and then scaled,
/// which costs no more for a large picture than for a small one. The picture is interpolated by the triangle filter, labels take the
/// nearest pixel. Annotated objects are refused.</remarks>
public sealed record RandomScaledCrop : Transform
{
    /// <summary>A random scale and crop.</summary>
    /// <param name="size">Height and width of the result in pixels.</param>
    /// <param name="least">Smallest factor, relative to the picture.</param>
    /// <param name="most">Largest factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or the factors are not within 0.1 to 10, in order.</exception>
    public RandomScaledCrop(ImageSize size, double least = 0.5, double most = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, nameof(size));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, nameof(size));
        if (!(least >= 0.1 && most >= least && most <= 10))
            throw new ArgumentOutOfRangeException(nameof(least), (least, most), "The scale must satisfy 0.1 <= least <= most <= 10.");
        (Size, Least, Most) = (size, least, most);
    }

    /// <summary>Height and width of the result in pixels.</summary>
    public ImageSize Size { get; }

    /// <summary>Smallest factor.</summary>
    public double Least { get; }

    /// <summary>Largest factor.</summary>
    public double Most { get; }

    /// <summary>The colour beside the picture; by default ImageNet's mean, which is zero after normalisation.</summary>
    public Rgb Ground { get; init; } = Padding.Mean;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        Labelled.Expect(sample, nameof(RandomScaledCrop));
        ImageSize size = sample.Image.Size;
        double scale = random.Uniform(Least, Most);
        Side rows = Side.Draw(size.Height, Size.Height, scale, ref random), columns = Side.Draw(size.Width, Size.Width, scale, ref random);
        var part = new ImageSize(rows.Length, columns.Length);
        Image image = sample.Image.ResizePart(rows.From, columns.From, rows.Extent, columns.Extent, part);
        ImageSize rest = new(Size.Height - part.Height, Size.Width - part.Width);
        if (part != Size)
            image = Padding.Constant(image, rows.Offset, rest.Height - rows.Offset, columns.Offset, rest.Width - columns.Offset, Ground);
        return sample.Moved(image, map =>
        {
            var labels = new SegmentationMap(part, Nearest(map, rows, columns));
            return part == Size ? labels : Padding.Ignored(labels, rows.Offset, columns.Offset, Size);
        });
    }

    private static byte[] Nearest(SegmentationMap map, Side rows, Side columns)
    {
        int[] x = columns.Nearest(map.Size.Width), y = rows.Nearest(map.Size.Height);
        var target = new byte[rows.Length * columns.Length];
        for (int row = 0; row < y.Length; row++)
        {
            ReadOnlySpan<byte> from = map.Labels.AsSpan(y[row] * map.Size.Width, map.Size.Width);
            Span<byte> to = target.AsSpan(row * x.Length, x.Length);
            if (row > 0 && y[row] == y[row - 1]) target.AsSpan((row - 1) * x.Length, x.Length).CopyTo(to);
            else
                for (int i = 0; i < to.Length; i++) to[i] = from[x[i]];
        }
        return target;
    }

    /// <summary>What becomes of one side.</summary>
    /// <param name="From">Where the part begins in the picture, in pixels.</param>
    /// <param name="Extent">Its length in the picture, in pixels.</param>
    /// <param name="Length">Its length in the result.</param>
    /// <param name="Offset">Where it begins in the result.</param>
    private readonly record struct Side(double From, double Extent, int Length, int Offset)
    {
        public static Side Draw(int side, int wanted, double scale, ref SampleRandom random)
        {
            int scaled = Math.Max(1, (int)Math.Round(side * scale));
            int place = random.Next(Math.Abs(scaled - wanted) + 1);
            if (scaled <= wanted) return new Side(0, side, scaled, place);
            double exact = (double)side / scaled;
            return new Side(place * exact, Math.Min(wanted * exact, side - place * exact), wanted, 0);
        }

        /// <summary>For each place in the result the pixel whose middle is nearest.</summary>
        public int[] Nearest(int side)
        {
            var source = new int[Length];
            for (int i = 0; i < Length; i++) source[i] = Math.Min((int)(From + (i + 0.5) * Extent / Length), side - 1);
            return source;
        }
    }
}
