using Fovea.Imaging;

namespace Fovea.Structures;

// COCO draws an outline on a grid five times as fine: each side becomes a chain of whole points there (p = trunc(5 c + 0.5)), and
// where the chain steps across the middle of a column of pixels, that column turns from outside to inside or back. maskApi keeps the whole
// chain in memory; here only the steps that cross a middle are computed, with the same arithmetic.
public sealed partial class RunLengthMask
{
    private const int Fineness = 5, Middle = 2; // Of the five steps through a column of pixels, the one from 2 to 3 crosses its middle.
    private const int MostCrossings = 1 << 27;
    private const double FarthestPoint = 1e8; // Five times as much still fits into 32 bits, and so does a side's length.

    /// <summary>The pixels inside one or more outlines together, as COCO's own functions draw them.</summary>
    /// <param name="outlines">Each x0, y0, x1, y1, ... of at least three points, in continuous absolute pixels, closed by itself.
    /// An outline that crosses itself is filled by the even-odd rule; several are united. What lies outside the picture is cut off.</param>
    /// <param name="size">Size of the picture.</param>
    /// <exception cref="ArgumentException">The size is not valid; an outline has an odd number of coordinates, fewer than six, one that
    /// is not finite or farther than 100,000,000 pixels away, or goes to and fro beyond all measure.</exception>
    public static RunLengthMask FromPolygons(IReadOnlyList<double[]> outlines, ImageSize size)
    {
        PixelsOf(size);
        if (outlines.Count == 0) return Empty(size);
        var masks = new RunLengthMask[outlines.Count];
        for (int i = 0; i < masks.Length; i++)
        {
            CheckOutline(outlines[i], i);
            masks[i] = FromPolygon(outlines[i], size);
        }
        return Merge(masks, intersect: false);
    }

    /// <summary>The pixels of a box, as COCO's functions draw its outline: those whose middles lie inside.</summary>
    /// <exception cref="ArgumentException">The size is not valid, or an edge is not finite or farther than 100,000,000 pixels
    /// away.</exception>
    public static RunLengthMask FromBox(Box box, ImageSize size) =>
        FromPolygons([[box.X1, box.Y1, box.X1, box.Y2, box.X2, box.Y2, box.X2, box.Y1]], size);

    private static RunLengthMask FromPolygon(ReadOnlySpan<double> outline, ImageSize size)
    {
        var crossings = new List<uint>(64);
        int x1 = Fine(outline[^2]), y1 = Fine(outline[^1]);
        for (int i = 0; i < outline.Length; i += 2)
        {
            int x2 = Fine(outline[i]), y2 = Fine(outline[i + 1]);
            AddCrossings(x1, y1, x2, y2, size, crossings);
            if (crossings.Count > MostCrossings)
                throw new ArgumentException($"An outline crosses the columns of its picture of {size} more than {MostCrossings:N0} times.");
            (x1, y1) = (x2, y2);
        }
        crossings.Sort();

        // From one crossing to the next lies the object, then background again; a crossing at the same place twice is none.
        uint pixels = PixelsOf(size);
        var runs = new RunBuilder(crossings.Count + 1);
        for (int i = 0; i < crossings.Count; i += 2)
            runs.Add(crossings[i], i + 1 < crossings.Count ? crossings[i + 1] : pixels);
        return new RunLengthMask(size, runs.Finish(pixels));
    }

    private static int Fine(double coordinate) => (int)(Fineness * coordinate + 0.5);

    private static void AddCrossings(int x1, int y1, int x2, int y2, ImageSize size, List<uint> crossings)
    {
        int dx = Math.Abs(x2 - x1), dy = Math.Abs(y2 - y1);
        if (dx == 0) return;
        bool isFlat = dx >= dy;
        // A flat side is followed from left to right, a steep one from top to bottom.
        if (isFlat ? x1 > x2 : y1 > y2) (x1, y1, x2, y2) = (x2, y2, x1, y1);
        double slope = isFlat ? (double)(y2 - y1) / dx : (double)(x2 - x1) / dy;

        (int left, int right) = x1 < x2 ? (x1, x2) : (x2, x1);
        int firstColumn = Math.Max(0, CeilingDivide(left - Middle, Fineness));
        int lastColumn = Math.Min(size.Width - 1, FloorDivide(right - 1 - Middle, Fineness));
        for (int column = firstColumn; column <= lastColumn; column++)
        {
            int before = Fineness * column + Middle; // The step goes from here to the next point, or back.
            int upper = isFlat
                ? Math.Min(Along(y1, slope, before - x1), Along(y1, slope, before + 1 - x1))
                : y1 + StepAcross(x1, slope, before, dy) - 1;
            int row = Math.Clamp(CeilingDivide(upper - Middle, Fineness), 0, size.Height);
            crossings.Add((uint)column * (uint)size.Height + (uint)row);
        }
    }

    // The point of the chain after so many steps along a side.
    private static int Along(int start, double slope, int steps) => (int)(start + slope * steps + 0.5);

    /// <summary>After how many steps down a steep side its point has passed from <paramref name="before"/> to the next (or back).</summary>
    private static int StepAcross(int x1, double slope, int before, int dy)
    {
        int step = (int)Math.Clamp((before + 0.5 - x1) / slope, 1, dy);
        while (step > 1 && HasPassed(step - 1)) step--;
        while (step < dy && !HasPassed(step)) step++;
        return step;

        bool HasPassed(int steps) => slope > 0 ? Along(x1, slope, steps) > before : Along(x1, slope, steps) <= before;
    }

    private static int FloorDivide(int value, int divisor) => (int)Math.Floor((double)value / divisor);

    private static int CeilingDivide(int value, int divisor) => (int)Math.Ceiling((double)value / divisor);

    private static void CheckOutline(double[] outline, int index)
    {
        if (outline.Length < 6 || outline.Length % 2 != 0)
            throw new ArgumentException($"Outline {index} has {outline.Length} numbers; expected x and y of three points or more.");
        foreach (double coordinate in outline)
            if (!(Math.Abs(coordinate) <= FarthestPoint))
                throw new ArgumentException($"Outline {index} has the coordinate {coordinate}; expected finite numbers of at most " +
                    $"{FarthestPoint:N0} pixels.");
    }
}
