using System.Numerics.Tensors;

namespace Fovea.Ops.Kernels;

/// <summary>RoIAlign for maps of few channels (such as the masks of Mask R-CNN's targets), sampled where they lie: rows are
/// weighted and added as vectors along x, then gathered into bins.</summary>
internal static unsafe class RoiAlignPlanes
{
    /// <summary>Pools every region; parallel over regions.</summary>
    public static void Forward(float* features, RoiSamples samples, RoiShape shape, int[] order, float* output, int threads,
        ReadOnlySpan<float> rois)
    {
        int[] image = new int[shape.Regions];
        for (int r = 0; r < shape.Regions; r++) image[r] = (int)rois[r * 5];
        float[]?[] scratch = new float[]?[ParallelItems.ThreadsFor(shape.Regions, threads)];
        ParallelItems.Run(shape.Regions, threads, (item, worker) =>
        {
            int r = order[item];
            float[] sums = scratch[worker] ??= new float[shape.PooledHeight * shape.Width];
            (int left, int width) = Extent(samples, shape, r);
            for (int c = 0; c < shape.Channels; c++)
            {
                float* plane = features + ((nint)image[r] * shape.Channels + c) * shape.Plane;
                float* pooled = output + ((nint)r * shape.Channels + c) * shape.Bins;
                Span<float> used = sums.AsSpan(0, shape.PooledHeight * width);
                used.Clear();
                for (int k = samples.RegionRows[r]; k < samples.RegionRows[r + 1]; k++)
                {
                    ReadOnlySpan<float> row = new(plane + (nint)samples.Rows[k] * shape.Width + left, width);
                    for (int t = samples.RowBinEnds[k]; t < samples.RowBinEnds[k + 1]; t++)
                    {
                        Span<float> sum = used.Slice(samples.RowBins[t] * width, width);
                        TensorPrimitives.MultiplyAdd(row, samples.RowWeights[t], sum, sum);
                    }
                }
                for (int i = 0; i < shape.PooledHeight; i++)
                    for (int j = 0; j < shape.PooledWidth; j++)
                        pooled[i * shape.PooledWidth + j] = Gather(samples, r * shape.PooledWidth + j, used.Slice(i * width, width), left);
            }
        });
    }

    /// <summary>The gradient of the features; parallel over channels of images, so that every plane has one owner.</summary>
    public static void Backward(float* gradient, RoiSamples samples, RoiShape shape, int[] order, int[] starts, float* features,
        int threads)
    {
        int items = checked(shape.Images * shape.Channels);
        float[]?[] scratch = new float[]?[ParallelItems.ThreadsFor(items, threads)];
        ParallelItems.Run(items, threads, (item, worker) =>
        {
            int n = item / shape.Channels, c = item % shape.Channels;
            float[] sums = scratch[worker] ??= new float[shape.PooledHeight * shape.Width];
            float* plane = features + (nint)item * shape.Plane;
            new Span<float>(plane, (int)shape.Plane).Clear();
            foreach (int r in order.AsSpan(starts[n]..starts[n + 1]))
            {
                (int left, int width) = Extent(samples, shape, r);
                float* pooled = gradient + ((nint)r * shape.Channels + c) * shape.Bins;
                Span<float> used = sums.AsSpan(0, shape.PooledHeight * width);
                used.Clear();
                for (int i = 0; i < shape.PooledHeight; i++)
                    for (int j = 0; j < shape.PooledWidth; j++)
                        Scatter(samples, r * shape.PooledWidth + j, used.Slice(i * width, width), left, pooled[i * shape.PooledWidth + j]);
                for (int k = samples.RegionRows[r]; k < samples.RegionRows[r + 1]; k++)
                {
                    Span<float> row = new(plane + (nint)samples.Rows[k] * shape.Width + left, width);
                    for (int t = samples.RowBinEnds[k]; t < samples.RowBinEnds[k + 1]; t++)
                        TensorPrimitives.MultiplyAdd(used.Slice(samples.RowBins[t] * width, width), samples.RowWeights[t], row, row);
                }
            }
        });
    }

    // The range of columns between a region's first and last tap.
    private static (int Left, int Width) Extent(RoiSamples samples, in RoiShape shape, int r)
    {
        ReadOnlySpan<int> ends = samples.ColumnEnds.AsSpan(r * shape.PooledWidth, shape.PooledWidth + 1);
        ReadOnlySpan<int> columns = samples.Columns.AsSpan(ends[0]..ends[^1]);
        if (columns.IsEmpty) return (0, 0);
        int left = TensorPrimitives.Min<int>(columns);
        return (left, TensorPrimitives.Max<int>(columns) - left + 1);
    }

    private static float Gather(RoiSamples samples, int bin, ReadOnlySpan<float> sums, int left)
    {
        float value = 0;
        for (int t = samples.ColumnEnds[bin]; t < samples.ColumnEnds[bin + 1]; t++)
            value += samples.ColumnWeights[t] * sums[samples.Columns[t] - left];
        return value;
    }

    private static void Scatter(RoiSamples samples, int bin, Span<float> sums, int left, float gradient)
    {
        for (int t = samples.ColumnEnds[bin]; t < samples.ColumnEnds[bin + 1]; t++)
            sums[samples.Columns[t] - left] += samples.ColumnWeights[t] * gradient;
    }
}
