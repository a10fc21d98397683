namespace Fovea.Ops.Kernels;

/// <summary>Boxes as four columns x1, y1, x2, y2 and their areas, padded with NaN to whole vectors.</summary>
internal sealed class BoxColumns
{
    /// <summary>Boxes that are handled together.</summary>
    public const int Lane = 16;

    /// <summary>Splits N x 4 floats into columns.</summary>
    public BoxColumns(ReadOnlySpan<float> boxes)
    {
        if (boxes.Length % 4 != 0)
            throw new ArgumentException($"Boxes have four coordinates each, but {boxes.Length} numbers were given.", nameof(boxes));
        Count = boxes.Length / 4;
        Padded = (Count + Lane - 1) / Lane * Lane;
        X1 = new float[Padded];
        Y1 = new float[Padded];
        X2 = new float[Padded];
        Y2 = new float[Padded];
        Areas = new float[Padded];
        for (int i = 0; i < Count; i++)
        {
            (X1[i], Y1[i], X2[i], Y2[i]) = (boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]);
            Areas[i] = (X2[i] - X1[i]) * (Y2[i] - Y1[i]);
        }
        foreach (float[] column in new[] { X1, Y1, X2, Y2, Areas }) column.AsSpan(Count).Fill(float.NaN);
    }

    /// <summary>Number of boxes.</summary>
    public int Count { get; }

    /// <summary>The number of boxes rounded up to whole vectors.</summary>
    public int Padded { get; }

    /// <summary>Left edges.</summary>
    public readonly float[] X1;

    /// <summary>Top edges.</summary>
    public readonly float[] Y1;

    /// <summary>Right edges.</summary>
    public readonly float[] X2;

    /// <summary>Bottom edges.</summary>
    public readonly float[] Y2;

    /// <summary>Width times height; negative when exactly one direction is reversed.</summary>
    public readonly float[] Areas;
}
