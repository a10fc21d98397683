namespace Fovea.Ops;

/// <summary>Anchors: the boxes of fixed shapes, centred on every cell of a feature map, from which a detector starts.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015), section 3.1.1; rounding and order are torchvision's. Letters: A
/// shapes of a cell.</remarks>
public static class AnchorGrid
{
    /// <summary>The anchors of the cell at the origin: for each aspect ratio, each size, a box of that area around (0, 0), its
    /// corners rounded to whole pixels (halves to the even number).</summary>
    /// <param name="sizes">Square roots of the areas, in picture pixels.</param>
    /// <param name="aspectRatios">Height over width.</param>
    /// <returns>A x 4 numbers x1 y1 x2 y2, where A = ratios x sizes.</returns>
    /// <exception cref="ArgumentException">A size or ratio is not positive.</exception>
    public static float[] CellAnchors(ReadOnlySpan<float> sizes, ReadOnlySpan<float> aspectRatios)
    {
        foreach (float value in sizes)
            if (!(value > 0))
                throw new ArgumentException($"An anchor of size {value} was asked for; "
                    + "sizes are positive numbers of pixels.", nameof(sizes));
        foreach (float value in aspectRatios)
            if (!(value > 0))
                throw new ArgumentException($"An aspect ratio of {value} was asked for; height / width is positive.", nameof(aspectRatios));
        float[] cell = new float[aspectRatios.Length * sizes.Length * 4];
        int at = 0;
        foreach (float ratio in aspectRatios)
        {
            float tall = MathF.Sqrt(ratio), wide = 1 / tall;
            foreach (float size in sizes)
            {
                float halfWidth = MathF.Round(wide * size / 2), halfHeight = MathF.Round(tall * size / 2);
                (cell[at], cell[at + 1], cell[at + 2], cell[at + 3]) = (-halfWidth, -halfHeight, halfWidth, halfHeight);
                at += 4;
            }
        }
        return cell;
    }

    /// <summary>The anchors of a whole feature map: row by row, cell by cell, shape by shape.</summary>
    /// <param name="cell">A x 4 numbers, from <see cref="CellAnchors"/>.</param>
    /// <param name="map">Size of the feature map in cells.</param>
    /// <param name="stride">Picture pixels from one cell to the next.</param>
    /// <returns>Height * width * A boxes of four numbers, in picture pixels; not clipped to the picture.</returns>
    public static float[] Tile(ReadOnlySpan<float> cell, Imaging.ImageSize map, (int Y, int X) stride)
    {
        float[] anchors = new float[checked(map.Height * map.Width * cell.Length)];
        int at = 0;
        for (int y = 0; y < map.Height; y++)
            for (int x = 0; x < map.Width; x++)
                for (int a = 0; a < cell.Length; a++, at++)
                    anchors[at] = cell[a] + ((a & 1) == 0 ? x * stride.X : y * stride.Y);
        return anchors;
    }
}
