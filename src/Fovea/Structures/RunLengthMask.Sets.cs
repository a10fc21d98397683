namespace Fovea.Structures;

public sealed partial class RunLengthMask
{
    /// <summary>The union of masks, or their intersection.</summary>
    /// <param name="masks">At least one mask, all of one size.</param>
    /// <param name="intersect">True for the pixels of all of them, false for those of any.</param>
    /// <exception cref="ArgumentException">There is no mask, or their sizes differ.</exception>
    public static RunLengthMask Merge(ReadOnlySpan<RunLengthMask> masks, bool intersect)
    {
        if (masks.IsEmpty) throw new ArgumentException("At least one mask is needed.", nameof(masks));
        foreach (RunLengthMask mask in masks) CheckSameSize(masks[0], mask);
        // By pairs, then pairs of pairs: a long list is not gone through once for each of its masks.
        RunLengthMask[] left = masks.ToArray();
        for (int count = left.Length; count > 1; count = (count + 1) / 2)
            for (int i = 0; i < count; i += 2)
                left[i / 2] = i + 1 == count ? left[i] : intersect ? Intersect(left[i], left[i + 1]) : Unite(left[i], left[i + 1]);
        return left[0];
    }

    /// <summary>Intersection over union, 0 where both masks are empty.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public double IoU(RunLengthMask other) => Overlap(this, other, isCrowd: false);

    /// <summary>Intersection over union of every detection with every annotated object.</summary>
    /// <param name="detections">D masks.</param>
    /// <param name="truths">G masks of the same size.</param>
    /// <param name="isCrowd">G flags: against a crowd it is intersection over the detection's own area. None where empty.</param>
    /// <returns>D x G overlaps, 0 where two masks have no common pixel.</returns>
    /// <exception cref="ArgumentException">The sizes differ, or there are not as many flags as objects.</exception>
    public static double[,] IoU(
        ReadOnlySpan<RunLengthMask> detections, ReadOnlySpan<RunLengthMask> truths, ReadOnlySpan<bool> isCrowd = default)
    {
        if (!isCrowd.IsEmpty && isCrowd.Length != truths.Length)
            throw new ArgumentException($"There are {truths.Length} objects, but {isCrowd.Length} flags for crowds.", nameof(isCrowd));
        var overlaps = new double[detections.Length, truths.Length];
        for (int d = 0; d < detections.Length; d++)
            for (int g = 0; g < truths.Length; g++) overlaps[d, g] = Overlap(detections[d], truths[g], !isCrowd.IsEmpty && isCrowd[g]);
        return overlaps;
    }

    /// <summary>Number of pixels that belong to both masks.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public long Intersection(RunLengthMask other)
    {
        CheckSameSize(this, other);
        Extent a = Measured(), b = other.Measured();
        // Masks whose boxes lie apart need no look at their runs.
        if (Math.Max(a.X1, b.X1) >= Math.Min(a.X2, b.X2) || Math.Max(a.Y1, b.Y1) >= Math.Min(a.Y2, b.Y2)) return 0;
        return CountCommon(_counts, other._counts);
    }

    internal static double Overlap(RunLengthMask detection, RunLengthMask truth, bool isCrowd)
    {
        long common = detection.Intersection(truth);
        if (common == 0) return 0;
        return (double)common / (isCrowd ? detection.Area() : detection.Area() + truth.Area() - common);
    }

    private static long CountCommon(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b)
    {
        uint startA = a[0], endA = startA + a[1], startB = b[0], endB = startB + b[1];
        long common = 0;
        int i = 2, j = 2;
        while (true)
        {
            uint start = Math.Max(startA, startB), end = Math.Min(endA, endB);
            if (end > start) common += end - start;
            if (endA <= endB)
            {
                if (i + 1 >= a.Length) return common;
                startA = endA + a[i];
                endA = startA + a[i + 1];
                i += 2;
            }
            else
            {
                if (j + 1 >= b.Length) return common;
                startB = endB + b[j];
                endB = startB + b[j + 1];
                j += 2;
            }
        }
    }

    private static RunLengthMask Intersect(RunLengthMask a, RunLengthMask b)
    {
        var runs = new RunBuilder(a._counts.Length + b._counts.Length);
        var first = new Pieces(a._counts);
        var second = new Pieces(b._counts);
        bool any = first.MoveNext() && second.MoveNext();
        while (any)
        {
            runs.Add(Math.Max(first.Start, second.Start), Math.Min(first.End, second.End));
            any = first.End <= second.End ? first.MoveNext() : second.MoveNext();
        }
        return new RunLengthMask(a.Size, runs.Finish((uint)a.Size.Pixels));
    }

    private static RunLengthMask Unite(RunLengthMask a, RunLengthMask b)
    {
        var runs = new RunBuilder(a._counts.Length + b._counts.Length);
        var first = new Pieces(a._counts);
        var second = new Pieces(b._counts);
        bool inFirst = first.MoveNext(), inSecond = second.MoveNext();
        while (inFirst || inSecond)
        {
            if (inFirst && (!inSecond || first.Start <= second.Start))
            {
                runs.Add(first.Start, first.End);
                inFirst = first.MoveNext();
            }
            else
            {
                runs.Add(second.Start, second.End);
                inSecond = second.MoveNext();
            }
        }
        return new RunLengthMask(a.Size, runs.Finish((uint)a.Size.Pixels));
    }

    private static void CheckSameSize(RunLengthMask a, RunLengthMask b)
    {
        if (a.Size != b.Size)
            throw new ArgumentException($"Masks of one picture have one size, but they are {a.Size} and {b.Size} (height x width).");
    }

    /// <summary>Goes through the object's runs, from <see cref="Start"/> to before <see cref="End"/>.</summary>
    private ref struct Pieces(ReadOnlySpan<uint> counts)
    {
        private readonly ReadOnlySpan<uint> _counts = counts;
        private int _next;

        public uint Start { get; private set; }

        public uint End { get; private set; }

        public bool MoveNext()
        {
            if (_next + 1 >= _counts.Length) return false;
            Start = End + _counts[_next];
            End = Start + _counts[_next + 1];
            _next += 2;
            return true;
        }
    }
}
