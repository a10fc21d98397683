using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>How sure a detector is of each pixel of an object: a small square of probabilities that is stretched over the object's
/// box.</summary>
/// <remarks>He et al.: "Mask R-CNN", section 3.1, inference. Positions and rounding are torchvision's: the square is framed by a ring of
/// zeros, the box grows by as much, is cut to whole pixels, and probabilities between the square's are bilinear.</remarks>
public sealed class SoftMask
{
    private const int Ring = 1;

    private readonly int _left, _top, _width, _height;
    private readonly float[] _framed;
    private readonly int _side;

    /// <summary>A mask over a box.</summary>
    /// <param name="box">Where the object is, in pixels of its picture.</param>
    /// <param name="side">Height and width of the square.</param>
    /// <param name="probabilities">side x side, row by row, 0 to 1.</param>
    /// <exception cref="ArgumentException">There are more or fewer numbers than side x side, or the box is not finite.</exception>
    public SoftMask(Box box, int side, float[] probabilities)
    {
        if (side < 1 || probabilities.Length != (long)side * side)
            throw new ArgumentException($"A mask of side {side} needs {(long)side * side} numbers, but {probabilities.Length} arrived.",
                nameof(probabilities));
        if (!(double.IsFinite(box.X1) && double.IsFinite(box.Y1) && double.IsFinite(box.X2) && double.IsFinite(box.Y2)))
            throw new ArgumentException($"A mask's box must be finite, but is {box}.", nameof(box));
        (Box, Side, Probabilities) = (box, side, probabilities);
        _side = side + 2 * Ring;
        _framed = new float[_side * _side];
        for (int y = 0; y < side; y++) probabilities.AsSpan(y * side, side).CopyTo(_framed.AsSpan((y + Ring) * _side + Ring));
        float scale = (float)_side / side;
        (_left, _width) = Grow((float)box.X1, (float)box.X2, scale);
        (_top, _height) = Grow((float)box.Y1, (float)box.Y2, scale);
    }

    /// <summary>Where the object is.</summary>
    public Box Box { get; }

    /// <summary>Height and width of the square.</summary>
    public int Side { get; }

    /// <summary>side x side, row by row, 0 to 1.</summary>
    public float[] Probabilities { get; }

    /// <summary>The probability of every pixel of a picture: height x width, row by row, 0 outside the box.</summary>
    public float[] Paste(ImageSize size)
    {
        var picture = new float[size.Pixels];
        foreach ((int x, int top, float[] column) in Columns(size))
            for (int y = 0; y < column.Length; y++) picture[(top + y) * size.Width + x] = column[y];
        return picture;
    }

    /// <summary>The pixels whose probability is above a threshold.</summary>
    /// <param name="size">Size of the picture.</param>
    /// <param name="threshold">0 to 1.</param>
    public RunLengthMask Cut(ImageSize size, float threshold = 0.5f)
    {
        var runs = new RunBuilder(2 * Math.Min(_width, size.Width) + 2);
        foreach ((int x, int top, float[] column) in Columns(size))
        {
            uint start = (uint)x * (uint)size.Height + (uint)top;
            for (int y = 0; y < column.Length; y++)
            {
                if (!(column[y] > threshold)) continue;
                int first = y;
                while (y + 1 < column.Length && column[y + 1] > threshold) y++;
                runs.Add(start + (uint)first, start + (uint)y + 1);
            }
        }
        return RunLengthMask.From(size, ref runs);
    }

    // For each column of the picture that the mask reaches, the first row and the probabilities from there down. The array is reused.
    private IEnumerable<(int X, int Top, float[] Column)> Columns(ImageSize size)
    {
        int top = Math.Max(_top, 0), bottom = Math.Min(_top + _height, size.Height);
        int left = Math.Max(_left, 0), right = Math.Min(_left + _width, size.Width);
        if (bottom <= top) yield break;
        var between = new float[_side];
        var column = new float[bottom - top];
        (int Low, int High, float Share)[] rows = [.. Enumerable.Range(top - _top, column.Length).Select(y => Sample(y, _height))];
        for (int x = left; x < right; x++)
        {
            (int low, int high, float share) = Sample(x - _left, _width);
            for (int y = 0; y < _side; y++) between[y] = (1 - share) * _framed[y * _side + low] + share * _framed[y * _side + high];
            for (int y = 0; y < column.Length; y++)
                column[y] = (1 - rows[y].Share) * between[rows[y].Low] + rows[y].Share * between[rows[y].High];
            yield return (x, top, column);
        }
    }

    // Which two of the square's pixels a pixel of the box lies between, and how near the second.
    private (int Low, int High, float Share) Sample(int at, int length)
    {
        float scale = (float)_side / length, source = Math.Max(scale * (at + 0.5f) - 0.5f, 0);
        int low = Math.Min((int)source, _side - 1);
        return (low, Math.Min(low + 1, _side - 1), source - low);
    }

    private static (int Start, int Length) Grow(float first, float second, float scale)
    {
        float half = (second - first) * 0.5f * scale, centre = (second + first) * 0.5f;
        // Far outside any picture nothing is lost by stopping.
        int start = (int)Math.Clamp(centre - half, -1e9f, 1e9f), end = (int)Math.Clamp(centre + half, -1e9f, 1e9f);
        return (start, Math.Max(end - start + 1, 1));
    }
}
