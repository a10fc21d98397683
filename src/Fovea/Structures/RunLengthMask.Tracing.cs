using Fovea.Imaging;

namespace Fovea.Structures;

// Borders run along the sides of pixels, from corner to corner, the object always to the right. Where two pixels touch by a corner alone,
// the line turns right: they are two parts, and a hole that opens into the background by a corner is none.
public sealed partial class RunLengthMask
{
    // Directions: 0 right, 1 down, 2 left, 3 up.
    private static readonly int[] _stepY = [0, 1, 0, -1], _stepX = [1, 0, -1, 0];

    /// <summary>The lines around each part of the object and around each of its holes, through the corners of pixels.</summary>
    /// <returns>Each line is x0, y0, x1, y1, ... in continuous absolute pixels, closed by itself, with whole numbers, and without corners at
    /// which it goes straight on. The parts alone, where there are no holes, give the mask back: <see cref="FromPolygons"/>. With holes all
    /// lines do when they are joined into one, see <see cref="Join"/>.</returns>
    /// <exception cref="InvalidOperationException">The picture is too large for a bitmap.</exception>
    public (IReadOnlyList<double[]> Parts, IReadOnlyList<double[]> Holes) Trace()
    {
        List<double[]> parts = [], holes = [];
        if (IsEmpty) return (parts, holes);
        Mask bitmap = ToBitmap();
        Extent box = Measured();
        var traced = new bool[bitmap.Pixels.Length]; // pixels whose upper side a line has passed
        for (int y = (int)box.Y1; y < (int)box.Y2; y++)
        {
            for (int x = (int)box.X1; x < (int)box.X2; x++)
            {
                if (!Has(bitmap, y, x) || Has(bitmap, y - 1, x) || traced[y * Size.Width + x]) continue;
                double[] line = Follow(bitmap, y, x, traced);
                (SignedArea(line) > 0 ? parts : holes).Add(line);
            }
        }
        return (parts, holes);
    }

    /// <summary>One line that goes through several, by way of bridges that it crosses to and fro. By the even-odd rule it encloses what they
    /// enclose together: bridges have no width.</summary>
    /// <param name="outlines">At least one; parts that do not overlap, and holes in them.</param>
    public static double[] Join(IReadOnlyList<double[]> outlines)
    {
        if (outlines.Count == 1) return outlines[0];
        double[] first = outlines[0];
        List<double> line = [.. first, first[0], first[1]];
        foreach (double[] other in outlines.Skip(1)) line.AddRange([.. other, other[0], other[1], first[0], first[1]]);
        return [.. line];
    }

    /// <summary>Walks from the upper left corner of a pixel along its upper side, and on until it is back there.</summary>
    private static double[] Follow(Mask mask, int startY, int startX, bool[] traced)
    {
        List<double> corners = [];
        int y = startY, x = startX, direction = 0;
        do
        {
            if (direction == 0) traced[y * mask.Size.Width + x] = true;
            y += _stepY[direction];
            x += _stepX[direction];
            // The two pixels ahead of corner (y, x), left and right as seen when walking on.
            (int leftY, int leftX, int rightY, int rightX) = direction switch
            {
                0 => (y - 1, x, y, x),
                1 => (y, x, y, x - 1),
                2 => (y, x - 1, y - 1, x - 1),
                _ => (y - 1, x - 1, y - 1, x),
            };
            int turn = !Has(mask, rightY, rightX) ? 1 : Has(mask, leftY, leftX) ? 3 : 0;
            direction = (direction + turn) & 3;
            if (turn != 0) corners.AddRange([x, y]);
        }
        while (y != startY || x != startX || direction != 0);
        return [.. corners];
    }

    /// <summary>Twice the area inside a line: positive with the inside to the right, as around a part, negative around a hole.</summary>
    private static double SignedArea(double[] line)
    {
        double sum = 0;
        for (int i = 0, j = line.Length - 2; i < line.Length; j = i, i += 2) sum += line[j] * line[i + 1] - line[i] * line[j + 1];
        return sum;
    }

    private static bool Has(Mask mask, int y, int x) =>
        (uint)y < (uint)mask.Size.Height && (uint)x < (uint)mask.Size.Width && mask[y, x];
}
