using System.Runtime.Intrinsics;

namespace Fovea.Ops.Kernels;

/// <summary>RoI pooling on the CPU: the largest value of each bin, and its place, through which the gradient returns.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), section 2.1 and 2.3. Corners are rounded to pixels, halves away from zero, and a
/// region is at least one pixel wide and high, as in torchvision. Forward, the work is divided by image and block of channels as in
/// <see cref="RoiAlignKernel"/>; backward, by channel.</remarks>
internal static unsafe class RoiPoolKernel
{
    /// <summary>Pools every region.</summary>
    /// <param name="features">N x C x H x W floats.</param>
    /// <param name="rois">R x 5 floats: image, x1, y1, x2, y2 in picture coordinates.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">Size of the map over size of the picture.</param>
    /// <param name="output">R x C x PH x PW floats, overwritten; 0 where a bin lies outside the map.</param>
    /// <param name="places">R x C x PH x PW: y * W + x of the largest value, the first of equal ones; -1 where there is
    /// none.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    public static void Forward(float* features, ReadOnlySpan<float> rois, RoiShape shape, float scale, float* output, int* places,
        int threads = 0)
    {
        shape.Validate();
        (int[] order, int[] starts) = shape.RegionsByImage(rois);
        int down = shape.PooledHeight, across = shape.PooledWidth;
        PixelRange[] rows = new PixelRange[shape.Regions * down], columns = new PixelRange[shape.Regions * across];
        for (int r = 0; r < shape.Regions; r++)
        {
            PixelRange.Divide(rois[r * 5 + 1] * scale, rois[r * 5 + 3] * scale, shape.Width, columns.AsSpan(r * across, across));
            PixelRange.Divide(rois[r * 5 + 2] * scale, rois[r * 5 + 4] * scale, shape.Height, rows.AsSpan(r * down, down));
        }
        if (shape.Channels >= 4 && shape.Plane is > 0 and <= 1 << 22)
            PoolBlocks(features, shape, order, starts, rows, columns, output, places, threads);
        else
            PoolPlanes(features, shape, order, starts, rows, columns, output, places, threads);
    }

    /// <summary>The gradient of the features: each bin's gradient goes to the place of its largest value.</summary>
    /// <param name="gradient">R x C x PH x PW floats.</param>
    /// <param name="places">What <see cref="Forward"/> wrote.</param>
    /// <param name="rois">R x 5 floats.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="features">N x C x H x W floats, overwritten.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    public static void Backward(float* gradient, int* places, ReadOnlySpan<float> rois, RoiShape shape, float* features, int threads = 0)
    {
        shape.Validate();
        (int[] order, int[] starts) = shape.RegionsByImage(rois);
        // A few channels at a time: their gradients lie side by side in every region.
        int blocks = (shape.Channels + Lanes.Count - 1) / Lanes.Count;
        ParallelItems.Run(checked(shape.Images * blocks), threads, (item, _) =>
        {
            int n = item / blocks, channel = item % blocks * Lanes.Count, channels = Math.Min(Lanes.Count, shape.Channels - channel);
            float* planes = features + ((nint)n * shape.Channels + channel) * shape.Plane;
            for (int c = 0; c < channels; c++) new Span<float>(planes + c * shape.Plane, (int)shape.Plane).Clear();
            foreach (int r in order.AsSpan(starts[n]..starts[n + 1]))
                for (int c = 0; c < channels; c++)
                {
                    nint at = ((nint)r * shape.Channels + channel + c) * shape.Bins;
                    Add(gradient + at, places + at, shape.Bins, planes + c * shape.Plane, (uint)shape.Plane);
                }
        });
    }

    private static void Add(float* gradient, int* places, int bins, float* plane, uint pixels)
    {
        for (int bin = 0; bin < bins; bin++)
            if ((uint)places[bin] < pixels) plane[places[bin]] += gradient[bin];
    }

    private static void PoolBlocks(float* features, RoiShape shape, int[] order, int[] starts, PixelRange[] rows, PixelRange[] columns,
        float* output, int* places, int threads)
    {
        bool[] all = new bool[shape.Height * ChannelBlock.TilesAcross(shape.Width)];
        Array.Fill(all, true);
        int blocks = (shape.Channels + Lanes.Count - 1) / Lanes.Count, items = shape.Images * blocks;
        ChannelBlock?[] scratch = new ChannelBlock?[ParallelItems.ThreadsFor(items, threads)];
        try
        {
            ParallelItems.Run(items, threads, (item, worker) =>
            {
                int n = item / blocks, channel = item % blocks * Lanes.Count, channels = Math.Min(Lanes.Count, shape.Channels - channel);
                if (starts[n] == starts[n + 1]) return;
                ChannelBlock block = scratch[worker] ??= new ChannelBlock(shape.Height, shape.Width);
                float[] best = new float[shape.Bins * Lanes.Count], place = new float[shape.Bins * Lanes.Count];
                fixed (float* pixels = block.Pixels, bests = best, bestPlaces = place)
                {
                    block.Load(features + ((nint)n * shape.Channels + channel) * shape.Plane, channels, all, pixels);
                    foreach (int r in order.AsSpan(starts[n]..starts[n + 1]))
                    {
                        for (int bin = 0; bin < shape.Bins; bin++)
                        {
                            PixelRange y = rows[r * shape.PooledHeight + bin / shape.PooledWidth],
                                x = columns[r * shape.PooledWidth + bin % shape.PooledWidth];
                            PoolBin(pixels, shape.Width, y, x, bests + bin * Lanes.Count, (int*)bestPlaces + bin * Lanes.Count);
                        }
                        nint at = ((nint)r * shape.Channels + channel) * shape.Bins;
                        TileTranspose.Run(bests, Lanes.Count, shape.Bins, channels, output + at, shape.Bins);
                        TileTranspose.Run(bestPlaces, Lanes.Count, shape.Bins, channels, (float*)places + at, shape.Bins);
                    }
                }
            });
        }
        finally
        {
            foreach (ChannelBlock? block in scratch) block?.Dispose();
        }
    }

    // Sixteen channels of one bin. Places are integers that travel through float memory as bits.
    private static void PoolBin(float* pixels, int width, PixelRange rows, PixelRange columns, float* best, int* place)
    {
        Vector512<float> largest = Vector512.Create(rows.IsEmpty || columns.IsEmpty ? 0 : float.MinValue);
        Vector512<int> where = Vector512.Create(-1);
        for (int y = rows.Start; y < rows.End; y++)
            for (int x = columns.Start; x < columns.End; x++)
            {
                Vector512<float> value = Vector512.Load(pixels + ((nint)y * width + x) * Lanes.Count);
                Vector512<float> greater = Vector512.GreaterThan(value, largest);
                largest = Vector512.ConditionalSelect(greater, value, largest);
                where = Vector512.ConditionalSelect(greater.AsInt32(), Vector512.Create(y * width + x), where);
            }
        largest.Store(best);
        where.Store(place);
    }

    private static void PoolPlanes(float* features, RoiShape shape, int[] order, int[] starts, PixelRange[] rows, PixelRange[] columns,
        float* output, int* places, int threads)
    {
        ParallelItems.Run(checked(shape.Images * shape.Channels), threads, (item, _) =>
        {
            int n = item / shape.Channels, c = item % shape.Channels;
            float* plane = features + item * shape.Plane;
            foreach (int r in order.AsSpan(starts[n]..starts[n + 1]))
                for (int bin = 0; bin < shape.Bins; bin++)
                {
                    PixelRange y = rows[r * shape.PooledHeight + bin / shape.PooledWidth],
                        x = columns[r * shape.PooledWidth + bin % shape.PooledWidth];
                    float largest = y.IsEmpty || x.IsEmpty ? 0 : float.MinValue;
                    int where = -1;
                    for (int i = y.Start; i < y.End; i++)
                        for (int j = x.Start; j < x.End; j++)
                            if (plane[(nint)i * shape.Width + j] > largest)
                                (largest, where) = (plane[(nint)i * shape.Width + j], i * shape.Width + j);
                    nint at = ((nint)r * shape.Channels + c) * shape.Bins + bin;
                    (output[at], places[at]) = (largest, where);
                }
        });
    }
}
