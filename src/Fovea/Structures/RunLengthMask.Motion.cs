using Fovea.Imaging;

namespace Fovea.Structures;

// Motions along the axes keep columns together: a column of the target is one of the source (or none), and where its runs begin and end
// in rows follows from a table. None of them needs a bitmap.
public sealed partial class RunLengthMask
{
    /// <summary>The mirror image: left and right exchanged.</summary>
    public RunLengthMask FlipHorizontal()
    {
        int[] columns = new int[Size.Width];
        for (int x = 0; x < columns.Length; x++) columns[x] = columns.Length - 1 - x;
        return Move(Size, columns, Edges(y => y));
    }

    /// <summary>Upside down: top and bottom exchanged.</summary>
    public RunLengthMask FlipVertical()
    {
        int[] columns = new int[Size.Width];
        for (int x = 0; x < columns.Length; x++) columns[x] = x;
        return Move(Size, columns, Edges(y => Size.Height - y));
    }

    /// <summary>A rectangle of whole pixels cut out of the mask's picture. It may reach beyond the picture, where no object is: a larger
    /// rectangle with a negative corner places the picture in a larger frame.</summary>
    /// <param name="top">Row of the picture that becomes row 0.</param>
    /// <param name="left">Column of the picture that becomes column 0.</param>
    /// <param name="size">Size of the rectangle.</param>
    /// <exception cref="ArgumentException">The size is not valid.</exception>
    public RunLengthMask Crop(int top, int left, ImageSize size)
    {
        PixelsOf(size);
        int[] columns = new int[size.Width];
        for (int x = 0; x < columns.Length; x++) columns[x] = (int)Math.Clamp((long)x + left, -1, Size.Width);
        return Move(size, columns, Edges(y => (int)Math.Clamp((long)y - top, 0, size.Height)));
    }

    /// <summary>The mask at another size: each pixel is the source pixel whose centre is nearest to its own.</summary>
    /// <exception cref="ArgumentException">The size is not valid.</exception>
    public RunLengthMask Resize(ImageSize size)
    {
        PixelsOf(size);
        if (size == Size) return this;
        return Move(size, NearestSource(Size.Width, size.Width), FirstRows(NearestSource(Size.Height, size.Height), Size.Height));
    }

    /// <summary>The source row (or column) whose centre is nearest to each target's centre.</summary>
    internal static int[] NearestSource(int from, int to)
    {
        int[] source = new int[to];
        for (int i = 0; i < to; i++) source[i] = (int)((2L * i + 1) * from / (2L * to));
        return source;
    }

    /// <param name="size">Size of the target.</param>
    /// <param name="columns">Of each target column, the source column; outside the picture where there is none.</param>
    /// <param name="edges">Where the edge above each source row, and the one below the last, comes to lie: rising, or falling.</param>
    private RunLengthMask Move(ImageSize size, int[] columns, int[] edges)
    {
        if (IsEmpty) return Empty(size);
        (ColumnPiece[] pieces, int[] starts) = CutIntoColumns();
        bool turns = edges[0] > edges[^1];
        var runs = new RunBuilder(_counts.Length);
        for (int x = 0; x < size.Width; x++)
        {
            int source = columns[x];
            if ((uint)source >= (uint)Size.Width) continue;
            uint column = (uint)x * (uint)size.Height;
            ReadOnlySpan<ColumnPiece> here = pieces.AsSpan(starts[source]..starts[source + 1]);
            if (turns)
                for (int i = here.Length - 1; i >= 0; i--)
                    runs.Add(column + (uint)edges[here[i].Bottom], column + (uint)edges[here[i].Top]);
            else
                foreach (ColumnPiece piece in here) runs.Add(column + (uint)edges[piece.Top], column + (uint)edges[piece.Bottom]);
        }
        return new RunLengthMask(size, runs.Finish((uint)size.Pixels));
    }

    // The object's rows Top to before Bottom in one column.
    private readonly record struct ColumnPiece(int Top, int Bottom);

    /// <summary>The object's runs, cut where a column ends, and where each column's begin in the list.</summary>
    private (ColumnPiece[] Pieces, int[] Starts) CutIntoColumns()
    {
        Extent extent = Measured();
        uint height = (uint)Size.Height;
        var pieces = new List<ColumnPiece>(_counts.Length / 2 + (int)(extent.X2 - extent.X1));
        int[] starts = new int[Size.Width + 1];
        uint x = 0, y = 0;
        int filled = 0; // Columns whose start is known.
        for (int i = 0; i + 1 < _counts.Length; i += 2)
        {
            Advance(ref x, ref y, _counts[i], height);
            for (uint left = _counts[i + 1]; left > 0;)
            {
                while (filled <= x) starts[filled++] = pieces.Count;
                uint here = Math.Min(left, height - y);
                pieces.Add(new ColumnPiece((int)y, (int)(y + here)));
                Advance(ref x, ref y, here, height);
                left -= here;
            }
        }
        while (filled < starts.Length) starts[filled++] = pieces.Count;
        return ([.. pieces], starts);
    }

    private int[] Edges(Func<int, int> moved)
    {
        int[] edges = new int[Size.Height + 1];
        for (int y = 0; y < edges.Length; y++) edges[y] = moved(y);
        return edges;
    }

    /// <summary>Of each source row, and behind the last, how many target rows come from rows above it.</summary>
    private static int[] FirstRows(int[] source, int height)
    {
        int[] edges = new int[height + 1];
        int target = 0;
        for (int y = 0; y <= height; y++)
        {
            while (target < source.Length && source[target] < y) target++;
            edges[y] = target;
        }
        return edges;
    }
}
