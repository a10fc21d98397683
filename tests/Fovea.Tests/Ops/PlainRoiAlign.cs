using Fovea.Ops.Kernels;

namespace Fovea.Tests.Ops;

/// <summary>The slow twin of RoIAlign: every sampling point of every bin of every channel on its own. Positions are single precision, as the
/// operator defines them; sums are double.</summary>
internal static class PlainRoiAlign
{
    public static float[] Forward(float[] features, float[] rois, RoiShape s, float scale, int ratio, bool aligned)
    {
        double[] pooled = new double[s.Regions * s.Channels * s.Bins];
        Visit(rois, s, scale, ratio, aligned, (bin, pixel, weight) => pooled[bin] += weight * features[pixel]);
        return [.. pooled.Select(v => (float)v)];
    }

    public static float[] Backward(float[] gradient, float[] rois, RoiShape s, float scale, int ratio, bool aligned)
    {
        double[] features = new double[s.Images * s.Channels * s.Height * s.Width];
        Visit(rois, s, scale, ratio, aligned, (bin, pixel, weight) => features[pixel] += weight * gradient[bin]);
        return [.. features.Select(v => (float)v)];
    }

    private static void Visit(float[] rois, RoiShape s, float scale, int ratio, bool aligned, Action<int, int, double> tap)
    {
        float offset = aligned ? 0.5f : 0;
        for (int r = 0; r < s.Regions; r++)
        {
            float x1 = rois[5 * r + 1] * scale - offset, y1 = rois[5 * r + 2] * scale - offset;
            float width = rois[5 * r + 3] * scale - offset - x1, height = rois[5 * r + 4] * scale - offset - y1;
            if (!aligned) (width, height) = (Math.Max(width, 1), Math.Max(height, 1));
            float binWidth = width / s.PooledWidth, binHeight = height / s.PooledHeight;
            int across = ratio > 0 ? ratio : (int)MathF.Ceiling(binWidth), down = ratio > 0 ? ratio : (int)MathF.Ceiling(binHeight);
            for (int c = 0; c < s.Channels; c++)
                for (int i = 0; i < s.PooledHeight; i++)
                    for (int j = 0; j < s.PooledWidth; j++)
                        for (int iy = 0; iy < down; iy++)
                            for (int ix = 0; ix < across; ix++)
                            {
                                float y = y1 + i * binHeight + (iy + .5f) * binHeight / down,
                                    x = x1 + j * binWidth + (ix + .5f) * binWidth / across;
                                int bin = ((r * s.Channels + c) * s.PooledHeight + i) * s.PooledWidth + j;
                                int plane = ((int)rois[5 * r] * s.Channels + c) * s.Height * s.Width;
                                Bilinear(y, x, s, (pixel, weight) => tap(bin, plane + pixel, weight / (down * across)));
                            }
        }
    }

    private static void Bilinear(float y, float x, RoiShape s, Action<int, double> tap)
    {
        if (y < -1 || y > s.Height || x < -1 || x > s.Width) return;
        y = Math.Clamp(y, 0, s.Height - 1);
        x = Math.Clamp(x, 0, s.Width - 1);
        int top = (int)y, left = (int)x, bottom = Math.Min(top + 1, s.Height - 1), right = Math.Min(left + 1, s.Width - 1);
        double down = y - top, along = x - left;
        tap(top * s.Width + left, (1 - down) * (1 - along));
        tap(top * s.Width + right, (1 - down) * along);
        tap(bottom * s.Width + left, down * (1 - along));
        tap(bottom * s.Width + right, down * along);
    }
}
