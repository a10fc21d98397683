using Fovea.Imaging;

namespace Fovea.Inference;

/// <summary>A stretch of a side that one row or column of tiles covers, and what its pixels count.</summary>
/// <param name="Start">First pixel.</param>
/// <param name="Weights">Of each pixel; over all stretches they add up to 1 at every pixel.</param>
internal sealed record TileStretch(int Start, float[] Weights)
{
    public int Length => Weights.Length;
    public int End => Start + Length;
}

/// <summary>A picture cut into overlapping tiles. The weight of a tile's pixel is the product of its row's and its column's.</summary>
/// <remarks>Tiles have one size, that of the picture where it is smaller; they lie evenly, the first and the last at the picture's
/// edges.</remarks>
internal sealed class TilePlan
{
    public TilePlan(ImageSize size, int side, int overlap, TileBlend blend) =>
        (Size, Rows, Columns) = (size, Cut(size.Height, side, overlap, blend), Cut(size.Width, side, overlap, blend));

    public static TilePlan Whole(ImageSize size) => new(size, Math.Max(size.Height, size.Width), 0, TileBlend.Feather);

    /// <summary>The picture's size.</summary>
    public ImageSize Size { get; }

    public TileStretch[] Rows { get; }

    public TileStretch[] Columns { get; }

    public bool IsWhole => Rows.Length == 1 && Columns.Length == 1;

    private static TileStretch[] Cut(int length, int side, int overlap, TileBlend blend)
    {
        side = Math.Min(side, length);
        int step = Math.Max(1, side - overlap), count = (length - side + step - 1) / step + 1;
        int[] starts = [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (length - side) / (count - 1)))];
        double[][] weights = [.. starts.Select((_, i) => Enumerable.Range(0, side).Select(at => Weight(i, at)).ToArray())];
        var sums = new double[length];
        for (int i = 0; i < count; i++)
            for (int at = 0; at < side; at++) sums[starts[i] + at] += weights[i][at];
        return [.. starts.Select((start, i) =>
            new TileStretch(start, [.. weights[i].Select((weight, at) => (float)(weight / sums[start + at]))]))];

        // How deep a pixel lies in the overlap with the neighbours, from just above 0 at the tile's edge to 1 behind it.
        double Weight(int i, int at)
        {
            double left = i == 0 ? 1 : Depth(starts[i - 1] + side - starts[i], at + 0.5);
            double right = i == count - 1 ? 1 : Depth(starts[i] + side - starts[i + 1], side - at - 0.5);
            return Math.Min(left, right);
        }

        double Depth(int shared, double distance) => distance >= shared ? 1
            : blend == TileBlend.Feather ? distance / shared
            : distance * 2 > shared ? 1 : distance * 2 == shared ? 0.5 : 0;
    }
}
