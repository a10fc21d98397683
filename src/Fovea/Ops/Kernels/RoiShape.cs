namespace Fovea.Ops.Kernels;

/// <summary>The sizes that a region operator works with: N images x C channels x H x W, pooled to R x C x PH x PW.</summary>
/// <param name="Images">N.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H of the feature map.</param>
/// <param name="Width">W of the feature map.</param>
/// <param name="Regions">R; each region is 5 floats: index of its image, x1, y1, x2, y2.</param>
/// <param name="PooledHeight">PH, bins of a region from top to bottom.</param>
/// <param name="PooledWidth">PW, bins of a region from left to right.</param>
internal readonly record struct RoiShape(int Images, int Channels, int Height, int Width, int Regions, int PooledHeight, int PooledWidth)
{
    /// <summary>Pixels of one channel of the map.</summary>
    public nint Plane => (nint)Height * Width;

    /// <summary>Bins of one channel of a region.</summary>
    public int Bins => PooledHeight * PooledWidth;

    /// <summary>Refuses sizes that no kernel can work with.</summary>
    /// <exception cref="ArgumentException">A size is negative, a pooled size is not positive, or an index would not
    /// fit.</exception>
    public void Validate()
    {
        if (Images < 0 || Channels < 0 || Height < 0 || Width < 0 || Regions < 0)
            throw new ArgumentException($"Sizes cannot be negative, but "
                + $"the features are {Images} x {Channels} x {Height} x {Width} and there are {Regions} regions.");
        if (PooledHeight <= 0 || PooledWidth <= 0 || (long)PooledHeight * PooledWidth > 1 << 20)
            throw new ArgumentException($"The output size {PooledHeight} x {PooledWidth} must be positive and have " +
                $"at most {1 << 20} bins.");
        if ((long)Height * Width > int.MaxValue)
            throw new ArgumentException($"A feature map of {Height} x {Width} has more than {int.MaxValue} pixels; use a smaller picture.");
    }

    /// <summary>The regions of each image: image n owns the entries starts[n] ..&lt; starts[n + 1] of the order, in rising
    /// order.</summary>
    /// <exception cref="ArgumentException">A region names an image that does not exist.</exception>
    public (int[] Order, int[] Starts) RegionsByImage(ReadOnlySpan<float> rois)
    {
        int[] starts = new int[Images + 1], order = new int[Regions], image = new int[Regions];
        for (int r = 0; r < Regions; r++)
        {
            float index = rois[r * 5];
            if (!(index > -1 && index < Images))
                throw new ArgumentException($"Region {r} belongs to image {index}, but there are {Images} images; "
                    + "the first of a region's five numbers is the index of its image, counted from 0.");
            image[r] = (int)index;
            starts[image[r] + 1]++;
        }
        for (int n = 0; n < Images; n++) starts[n + 1] += starts[n];
        int[] next = starts[..Images];
        for (int r = 0; r < Regions; r++) order[next[image[r]]++] = r;
        return (order, starts);
    }
}
