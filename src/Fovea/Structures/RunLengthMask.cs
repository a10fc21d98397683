using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>A binary mask over a whole picture as run lengths: COCO's form, a few hundred bytes where a bitmap takes a million. Immutable;
/// may be used from several threads at once.</summary>
/// <remarks>
/// Lin et al., "Microsoft COCO: Common Objects in Context" (ECCV 2014), and the mask functions published with it, whose numbers
/// these are bit for bit. Pixels are counted column by column, from the top of the first column on; runs of background and object take
/// turns, background first. Here the runs are always the shortest list: only the first may be 0, so equal masks have equal runs.
/// </remarks>
public sealed partial class RunLengthMask : IEquatable<RunLengthMask>
{
    private readonly uint[] _counts;
    private Extent? _extent; // Computed when first asked for.

    private RunLengthMask(ImageSize size, uint[] counts)
    {
        Size = size;
        _counts = counts;
    }

    /// <summary>Size of the picture that the mask covers.</summary>
    public ImageSize Size { get; }

    /// <summary>The run lengths, which add up to height x width: background, object, background, ... Only the first may be 0.</summary>
    public ReadOnlySpan<uint> Counts => _counts;

    /// <summary>True where no pixel belongs to the object.</summary>
    public bool IsEmpty => _counts.Length == 1;

    /// <summary>A mask without an object.</summary>
    /// <exception cref="ArgumentException">The size is not positive, or has more pixels than 32 bits can count.</exception>
    public static RunLengthMask Empty(ImageSize size) => new(size, [PixelsOf(size)]);

    /// <summary>A mask from COCO's uncompressed run lengths. Runs of 0 between others are allowed.</summary>
    /// <param name="counts">Lengths of the runs of background and object in turn, background first, column by column.</param>
    /// <param name="size">Size of the picture.</param>
    /// <exception cref="ArgumentException">The size is not valid, a run is negative, or the runs do not add up to the picture's
    /// pixels.</exception>
    public static RunLengthMask FromUncompressed(ReadOnlySpan<long> counts, ImageSize size)
    {
        uint pixels = PixelsOf(size);
        var runs = new RunBuilder(counts.Length + 1);
        ulong position = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0 || (ulong)counts[i] > pixels - position)
                throw new ArgumentException(counts[i] < 0
                    ? $"Run {i} of the mask is {counts[i]}; runs are not negative."
                    : $"Run {i} of the mask goes beyond the {pixels:N0} pixels of its picture of {size}.", nameof(counts));
            ulong end = position + (ulong)counts[i];
            if (i % 2 == 1) runs.Add((uint)position, (uint)end);
            position = end;
        }
        if (position != pixels)
            throw new ArgumentException($"The runs of the mask add up to {position:N0} pixels, but its picture of {size} has {pixels:N0}.",
                nameof(counts));
        return new RunLengthMask(size, runs.Finish(pixels));
    }

    /// <summary>Number of pixels that belong to the object.</summary>
    public long Area() => Measured().Area;

    /// <summary>The smallest box around the object's pixels, or an empty box at the origin where there are none.</summary>
    public Box BoundingBox()
    {
        Extent extent = Measured();
        return extent.Area == 0 ? default : new Box(extent.X1, extent.Y1, extent.X2, extent.Y2);
    }

    /// <inheritdoc/>
    public bool Equals(RunLengthMask? other) =>
        ReferenceEquals(this, other) || other is not null && Size == other.Size && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RunLengthMask);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Size);
        foreach (uint count in _counts) hash.Add(count);
        return hash.ToHashCode();
    }

    /// <summary>Written as in "mask of 480 x 640, 1,200 pixels".</summary>
    public override string ToString() => FormattableString.Invariant($"mask of {Size}, {Area():N0} pixels");

    // Columns X1 to X2 and rows Y1 to Y2, each behind the last, and the number of the object's pixels.
    private sealed record Extent(uint X1, uint Y1, uint X2, uint Y2, uint Area);

    private Extent Measured() => _extent ??= Measure();

    private Extent Measure()
    {
        uint height = (uint)Size.Height;
        if (IsEmpty) return new Extent(0, 0, 0, 0, 0);
        uint left = 0, right = 0, top = uint.MaxValue, bottom = 0, area = 0;
        uint x = 0, y = 0;
        for (int i = 0; i + 1 < _counts.Length; i += 2)
        {
            Advance(ref x, ref y, _counts[i], height);
            if (i == 0) left = x;
            uint last = _counts[i + 1] - 1, column = x;
            area += _counts[i + 1];
            top = Math.Min(top, y);
            Advance(ref x, ref y, last, height);
            bottom = Math.Max(bottom, y);
            if (x != column) (top, bottom) = (0, height - 1); // It turned at a column's end.
            right = x;
            Advance(ref x, ref y, 1, height);
        }
        return new Extent(left, top, right + 1, bottom + 1, area);
    }

    // Most runs are shorter than a column: a division is only taken where one is longer.
    private static void Advance(ref uint x, ref uint y, uint count, uint height)
    {
        if (count >= height)
        {
            (uint columns, count) = Math.DivRem(count, height);
            x += columns;
        }
        if (count >= height - y)
        {
            x++;
            y = count - (height - y);
        }
        else y += count;
    }

    /// <summary>Number of pixels of a size that a mask may have.</summary>
    private static uint PixelsOf(ImageSize size)
    {
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentException($"A mask needs a picture of at least 1 x 1 pixel, but the size is {size}.", nameof(size));
        return size.Pixels <= uint.MaxValue ? (uint)size.Pixels : throw new ArgumentException(
            $"A mask counts at most {uint.MaxValue:N0} pixels, but a picture of {size} has {size.Pixels:N0}.", nameof(size));
    }
}
