namespace Fovea.Ops.Kernels;

/// <summary>The pixels Start ..&lt; End of a row or column, clipped to the map.</summary>
internal readonly record struct PixelRange(int Start, int End)
{
    /// <summary>True if there are none.</summary>
    public bool IsEmpty => End <= Start;

    /// <summary>Divides a region into bins, in one direction, as RoI pooling does: neighbouring bins may share a pixel.</summary>
    /// <param name="first">First edge of the region, in pixels of the map.</param>
    /// <param name="last">Last edge; belongs to the region.</param>
    /// <param name="extent">Pixels of the map in this direction.</param>
    /// <param name="bins">Filled with the ranges.</param>
    public static void Divide(float first, float last, int extent, Span<PixelRange> bins)
    {
        // A conversion of a huge or undefined float saturates or gives 0; long arithmetic then cannot overflow.
        long start = (int)MathF.Round(first, MidpointRounding.AwayFromZero), end = (int)MathF.Round(last, MidpointRounding.AwayFromZero);
        float binSize = Math.Max(end - start + 1, 1) / (float)bins.Length;
        for (int bin = 0; bin < bins.Length; bin++)
            bins[bin] = new PixelRange(
                (int)Math.Clamp((long)MathF.Floor(bin * binSize) + start, 0, extent),
                (int)Math.Clamp((long)MathF.Ceiling((bin + 1) * binSize) + start, 0, extent));
    }
}
