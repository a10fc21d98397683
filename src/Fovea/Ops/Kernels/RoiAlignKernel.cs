namespace Fovea.Ops.Kernels;

/// <summary>RoIAlign on the CPU, single precision, forward and backward.</summary>
/// <remarks>
/// Work is divided by image and by block of channels. Whoever owns a block is alone in it, so the backward pass needs no atomic
/// additions and sums in an order that does not depend on the number of threads. A block of 16 channels is first laid out pixel by
/// pixel (<see cref="ChannelBlock"/>); each tap of the sampling grid is then one vector. Maps of few channels are sampled where
/// they lie (<see cref="RoiAlignPlanes"/>).
/// </remarks>
internal static unsafe class RoiAlignKernel
{
    // Above this a block would take more scratch memory than it is worth (256 MB a thread).
    private const long MaxBlockPixels = 1L << 22;

    /// <summary>Pools every region.</summary>
    /// <param name="features">N x C x H x W floats.</param>
    /// <param name="rois">R x 5 floats: image, x1, y1, x2, y2 in picture coordinates.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">Size of the map over size of the picture.</param>
    /// <param name="samplingRatio">Sampling points a bin and direction; 0 or less: adaptive.</param>
    /// <param name="aligned">Detectron2's half-pixel shift.</param>
    /// <param name="output">R x C x PH x PW floats, overwritten.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    public static void Forward(float* features, ReadOnlySpan<float> rois, RoiShape shape, float scale, int samplingRatio, bool aligned,
        float* output, int threads = 0)
    {
        shape.Validate();
        Pool(features, rois, shape, new RoiSamples(rois, shape, scale, samplingRatio, aligned), output, threads);
    }

    /// <summary>Pools every region by weights that are laid out already.</summary>
    public static void Pool(float* features, ReadOnlySpan<float> rois, RoiShape shape, RoiSamples samples, float* output, int threads = 0)
    {
        (int[] order, int[] starts) = shape.RegionsByImage(rois);
        if (SamplesPlanes(shape))
            RoiAlignPlanes.Forward(features, samples, shape, order, output, threads, rois);
        else
            RunBlocks(features, samples, shape, order, starts, output, threads, backward: false);
    }

    /// <summary>The gradient of the features.</summary>
    /// <param name="gradient">R x C x PH x PW floats, the gradient of the output.</param>
    /// <param name="rois">As in <see cref="Forward"/>.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">As in <see cref="Forward"/>.</param>
    /// <param name="samplingRatio">As in <see cref="Forward"/>.</param>
    /// <param name="aligned">As in <see cref="Forward"/>.</param>
    /// <param name="features">N x C x H x W floats, overwritten with the gradient of the features.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    public static void Backward(float* gradient, ReadOnlySpan<float> rois, RoiShape shape, float scale, int samplingRatio, bool aligned,
        float* features, int threads = 0)
    {
        shape.Validate();
        Spread(gradient, rois, shape, new RoiSamples(rois, shape, scale, samplingRatio, aligned), features, threads);
    }

    /// <summary>The gradient of the features by weights that are laid out already.</summary>
    public static void Spread(float* gradient, ReadOnlySpan<float> rois, RoiShape shape, RoiSamples samples, float* features, int threads = 0)
    {
        (int[] order, int[] starts) = shape.RegionsByImage(rois);
        if (SamplesPlanes(shape))
            RoiAlignPlanes.Backward(gradient, samples, shape, order, starts, features, threads);
        else
            RunBlocks(features, samples, shape, order, starts, gradient, threads, backward: true);
    }

    private static bool SamplesPlanes(in RoiShape shape) => shape.Channels < 8 || shape.Plane > MaxBlockPixels;

    private static void RunBlocks(float* features, RoiSamples samples, RoiShape shape, int[] order, int[] starts, float* pooled,
        int threads, bool backward)
    {
        if (shape.Plane == 0)
        {
            if (!backward) Zero(pooled, (nint)shape.Regions * shape.Channels * shape.Bins);
            return;
        }
        bool[][] touched = new bool[shape.Images][];
        for (int n = 0; n < shape.Images; n++)
            touched[n] = ChannelBlock.TouchedTiles(samples, shape, order.AsSpan(starts[n]..starts[n + 1]));

        int blocks = (shape.Channels + Lanes.Count - 1) / Lanes.Count, items = shape.Images * blocks;
        ChannelBlock?[] scratch = new ChannelBlock?[ParallelItems.ThreadsFor(items, threads)];
        try
        {
            ParallelItems.Run(items, threads, (item, worker) =>
            {
                int n = item / blocks, channel = item % blocks * Lanes.Count, channels = Math.Min(Lanes.Count, shape.Channels - channel);
                float* planes = features + ((nint)n * shape.Channels + channel) * shape.Plane;
                ReadOnlySpan<int> regions = order.AsSpan(starts[n]..starts[n + 1]);
                if (regions.IsEmpty)
                {
                    if (backward) Zero(planes, channels * shape.Plane);
                    return;
                }
                ChannelBlock block = scratch[worker] ??= new ChannelBlock(shape.Height, shape.Width);
                fixed (float* pixels = block.Pixels)
                {
                    RoiAlignBlock sampler = new(samples, shape);
                    if (!backward)
                    {
                        block.Load(planes, channels, touched[n], pixels);
                        foreach (int r in regions)
                            sampler.Pool(pixels, r, pooled + ((nint)r * shape.Channels + channel) * shape.Bins, channels);
                    }
                    else
                    {
                        block.Clear(touched[n], pixels);
                        foreach (int r in regions)
                            sampler.Spread(pooled + ((nint)r * shape.Channels + channel) * shape.Bins, r, pixels, channels);
                        block.Store(planes, channels, touched[n], pixels);
                    }
                }
            });
        }
        finally
        {
            foreach (ChannelBlock? block in scratch) block?.Dispose();
        }
    }

    private static void Zero(float* values, nint count)
    {
        for (; count > 0; count -= 1 << 30, values += 1 << 30) new Span<float>(values, (int)Math.Min(count, 1 << 30)).Clear();
    }
}
