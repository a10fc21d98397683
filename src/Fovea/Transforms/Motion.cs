using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Moves pixels and annotations together: the three motions that all geometric transforms are made of.</summary>
internal static class Motion
{
    /// <summary>The sample at another size.</summary>
    public static Sample Resize(Sample sample, ImageSize size)
    {
        ImageSize from = sample.Image.Size;
        if (size == from) return sample;
        double y = (double)size.Height / from.Height, x = (double)size.Width / from.Width;
        int[] rows = RunLengthMask.NearestSource(from.Height, size.Height), columns = RunLengthMask.NearestSource(from.Width, size.Width);
        Sample moved = sample.Moved(sample.Image.Resize(size),
            map => new SegmentationMap(size, Pick(map.Labels, from.Width, rows, columns)));
        return moved with
        {
            Annotations = [.. sample.Annotations.Select(a => a with
            {
                Box = Snap(a.Box.Scale(y, x), size),
                Area = a.Area * y * x,
                LazyMask = a.MoveMask(mask => mask.Resize(size)),
                Keypoints = Map(a.Keypoints, k => k with { X = k.X * x, Y = k.Y * y }),
            })],
        };
    }

    /// <summary>The mirror image of the sample; pairs of left and right key points change places.</summary>
    public static Sample Flip(Sample sample, IReadOnlyList<(int Left, int Right)> pairs)
    {
        ImageSize size = sample.Image.Size;
        Sample moved = sample.Moved(sample.Image.FlipHorizontal(), map => new SegmentationMap(size, FlipRows(map.Labels, size.Width)));
        return moved with
        {
            Annotations = [.. sample.Annotations.Select(a => a with
            {
                Box = Snap(a.Box.FlipHorizontal(size.Width), size),
                LazyMask = a.MoveMask(mask => mask.FlipHorizontal()),
                Keypoints = Swap(Map(a.Keypoints, k => k with { X = size.Width - k.X }), pairs),
            })],
        };
    }

    /// <summary>The part of the sample inside a rectangle of whole pixels. See <see cref="RandomCrop"/> for what becomes of
    /// objects that it cuts.</summary>
    public static Sample Crop(Sample sample, int top, int left, ImageSize size, double leastVisible)
    {
        int width = sample.Image.Width;
        if (size == sample.Image.Size) return sample;
        var kept = new List<Annotation>(sample.Annotations.Count);
        foreach (Annotation a in sample.Annotations)
            if (Crop(a, top, left, size, leastVisible) is { } rest) kept.Add(rest);
        Sample moved = sample.Moved(sample.Image.Crop(top, left, size),
            map => new SegmentationMap(size, Cut(map.Labels, width, top, left, size)));
        return moved with { Annotations = kept };
    }

    private static Annotation? Crop(Annotation a, int top, int left, ImageSize size, double leastVisible)
    {
        Box moved = Snap(a.Box.Shift(-top, -left), size), box = moved.Clip(size);
        bool cut = box != moved;
        RunLengthMask? rest = null;
        double share = 1;
        if (cut)
        {
            long before = a.Mask?.Area() ?? 0;
            rest = a.Mask?.Crop(top, left, size);
            share = before > 0 ? (double)rest!.Area() / before : a.Box.Area > 0 ? box.Area / a.Box.Area : 0;
            if (before > 0) box = Meet(box, rest!.BoundingBox());
            if (box.Width < 1 || box.Height < 1) return null;
            if (share < leastVisible && !a.IsCrowd) return null;
        }
        return a with
        {
            Box = box,
            Area = a.Area * share,
            LazyMask = rest is null ? a.MoveMask(mask => mask.Crop(top, left, size)) : new Lazy<RunLengthMask?>(rest),
            Keypoints = Map(a.Keypoints, k => k.Visibility == 0 || k.X < left || k.Y < top || k.X >= left + size.Width
                || k.Y >= top + size.Height
                ? new Keypoint(0, 0, 0)
                : k with { X = k.X - left, Y = k.Y - top }),
        };
    }

    // An edge of the box that rounding left a trace beside the picture's edge is put onto it; what really lies outside stays there.
    private static Box Snap(Box box, ImageSize size)
    {
        return new Box(To(box.X1, size.Width), To(box.Y1, size.Height), To(box.X2, size.Width), To(box.Y2, size.Height));

        static double To(double edge, int side) =>
            Math.Abs(edge) < 1e-6 ? 0 : Math.Abs(edge - side) < 1e-6 ? side : edge;
    }

    private static Box Meet(Box a, Box b) =>
        new(Math.Max(a.X1, b.X1), Math.Max(a.Y1, b.Y1), Math.Min(a.X2, b.X2), Math.Min(a.Y2, b.Y2));

    // A point that is not labelled keeps its (0, 0), which is no place.
    private static IReadOnlyList<Keypoint> Map(IReadOnlyList<Keypoint> points, Func<Keypoint, Keypoint> move) =>
        points.Count == 0 ? points : [.. points.Select(k => k.Visibility == 0 ? k : move(k))];

    private static IReadOnlyList<Keypoint> Swap(IReadOnlyList<Keypoint> points, IReadOnlyList<(int Left, int Right)> pairs)
    {
        if (points.Count == 0 || pairs.Count == 0) return points;
        Keypoint[] swapped = [.. points];
        foreach ((int left, int right) in pairs)
        {
            if (Math.Max(left, right) >= swapped.Length)
                throw new ArgumentException($"The mirror pair ({left}, {right}) does not fit an object with {swapped.Length} key points. " +
                    "Give the pairs of the data set's own skeleton.");
            (swapped[left], swapped[right]) = (points[right], points[left]);
        }
        return swapped;
    }

    private static byte[] Pick(byte[] source, int width, int[] rows, int[] columns)
    {
        var target = new byte[rows.Length * columns.Length];
        for (int y = 0; y < rows.Length; y++)
        {
            ReadOnlySpan<byte> from = source.AsSpan(rows[y] * width, width);
            Span<byte> to = target.AsSpan(y * columns.Length, columns.Length);
            if (y > 0 && rows[y] == rows[y - 1]) target.AsSpan((y - 1) * columns.Length, columns.Length).CopyTo(to);
            else
                for (int x = 0; x < to.Length; x++) to[x] = from[columns[x]];
        }
        return target;
    }

    private static byte[] FlipRows(byte[] source, int width)
    {
        var target = (byte[])source.Clone();
        for (int row = 0; row < target.Length; row += width) target.AsSpan(row, width).Reverse();
        return target;
    }

    private static byte[] Cut(byte[] source, int width, int top, int left, ImageSize size)
    {
        var target = new byte[size.Pixels];
        for (int y = 0; y < size.Height; y++)
            source.AsSpan((top + y) * width + left, size.Width).CopyTo(target.AsSpan(y * size.Width));
        return target;
    }
}
