namespace Fovea.Ops.Kernels;

/// <summary>The gradient of precise RoI pooling with respect to the edges of the regions, on the CPU.</summary>
/// <remarks>Along one direction bin [a, b) weighs pixel i with m_i = (T(b - i) - T(a - i)) / (b - a), where T is the integral of the tent
/// t. So dm_i/da = (m_i - t(a - i)) / (b - a) and dm_i/db = (t(b - i) - m_i) / (b - a); a and b move with the region's edges in
/// proportion (Jiang et al. 2018, equation 5). Every region has one owner, so the result does not depend on the number of
/// threads.</remarks>
internal static unsafe class PreciseRoiEdgeKernel
{
    /// <summary>Fills in the gradient.</summary>
    /// <param name="features">N x C x H x W floats.</param>
    /// <param name="gradient">R x C x PH x PW floats, the gradient of the output.</param>
    /// <param name="rois">R x 5 floats: image, x1, y1, x2, y2 in picture coordinates.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">Size of the map over size of the picture.</param>
    /// <param name="edges">R x 5 floats, zero: the gradient of rois, of which the image's column stays 0.</param>
    public static void Fill(float* features, float* gradient, ReadOnlySpan<float> rois, RoiShape shape, double scale, float* edges)
    {
        float[] regions = rois.ToArray();
        ParallelItems.Run(shape.Regions, 0, (r, _) =>
        {
            ReadOnlySpan<float> roi = regions.AsSpan(5 * r, 5);
            Side columns = new(roi[1] * scale, roi[3] * scale, shape.PooledWidth, shape.Width);
            Side rows = new(roi[2] * scale, roi[4] * scale, shape.PooledHeight, shape.Height);
            if (columns.Count == 0 || rows.Count == 0) return;
            double[] ofRows = new double[shape.Width], ofColumns = new double[shape.PooledWidth];
            for (int c = 0; c < shape.Channels; c++)
            {
                float* plane = features + ((nint)(int)roi[0] * shape.Channels + c) * shape.Plane;
                float* bins = gradient + ((nint)r * shape.Channels + c) * shape.Bins;
                for (int y = 0; y < shape.PooledHeight; y++)
                {
                    // Rows summed as the bin weighs them; then the columns' bins move.
                    Array.Clear(ofRows);
                    for (int i = rows.First; i < rows.First + rows.Count; i++)
                    {
                        double weight = rows.Mean(y, i);
                        if (weight == 0) continue;
                        float* row = plane + (nint)i * shape.Width;
                        for (int j = columns.First; j < columns.First + columns.Count; j++) ofRows[j] += weight * row[j];
                    }
                    for (int x = 0; x < shape.PooledWidth; x++)
                        for (int j = columns.First; j < columns.First + columns.Count; j++)
                            columns.Move(x, j, ofRows[j] * bins[y * shape.PooledWidth + x]);
                }
                for (int i = rows.First; i < rows.First + rows.Count; i++)
                {
                    // One row as the columns' bins weigh it; then the rows' bins move.
                    float* row = plane + (nint)i * shape.Width;
                    Array.Clear(ofColumns);
                    for (int x = 0; x < shape.PooledWidth; x++)
                        for (int j = columns.First; j < columns.First + columns.Count; j++) ofColumns[x] += columns.Mean(x, j) * row[j];
                    for (int y = 0; y < shape.PooledHeight; y++)
                        for (int x = 0; x < shape.PooledWidth; x++) rows.Move(y, i, ofColumns[x] * bins[y * shape.PooledWidth + x]);
                }
            }
            (edges[5 * r + 1], edges[5 * r + 3]) = columns.Gradient(scale);
            (edges[5 * r + 2], edges[5 * r + 4]) = rows.Gradient(scale);
        });
    }

    /// <summary>The bins of a region along one direction, and what moving the region's two edges does.</summary>
    private sealed class Side
    {
        private readonly int _bins;
        private readonly double[] _mean, _start, _end;      // bins x Count: the weight of each pixel, and its slopes by a and by b
        private double _low, _high;

        public Side(double low, double high, int bins, int extent)
        {
            _bins = bins;
            double size = (high - low) / bins;
            First = (int)Math.Clamp(Math.Floor(low), 0, extent);
            Count = size > 0 && low < extent && high > -1 ? (int)Math.Min(extent - 1, Math.Ceiling(high)) - First + 1 : 0;
            Count = Math.Max(0, Count);
            (_mean, _start, _end) = (new double[bins * Count], new double[bins * Count], new double[bins * Count]);
            for (int bin = 0; bin < bins; bin++)
                for (int k = 0; k < Count; k++)
                {
                    double a = low + bin * size - (First + k), b = a + size, mean = (Tent.Before(b) - Tent.Before(a)) / size;
                    int at = bin * Count + k;
                    (_mean[at], _start[at], _end[at]) = (mean, (mean - Tent.At(a)) / size, (Tent.At(b) - mean) / size);
                }
        }

        /// <summary>The first pixel that a bin may touch.</summary>
        public int First { get; }

        /// <summary>How many there are from it on.</summary>
        public int Count { get; }

        public double Mean(int bin, int pixel) => _mean[bin * Count + pixel - First];

        /// <summary>Adds what the loss changes by a pixel's weight in a bin, where it changes so much by weight.</summary>
        public void Move(int bin, int pixel, double slope)
        {
            int at = bin * Count + pixel - First;
            double a = slope * _start[at], b = slope * _end[at], from = (double)bin / _bins, to = (bin + 1.0) / _bins;
            _low += a * (1 - from) + b * (1 - to);
            _high += a * from + b * to;
        }

        /// <summary>By the region's two edges, in picture coordinates.</summary>
        public (float Low, float High) Gradient(double scale) => ((float)(_low * scale), (float)(_high * scale));
    }
}
