using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>Precise RoI pooling out of libtorch's own operators, for CUDA and for types other than float32; differentiable by
/// libtorch.</summary>
/// <remarks>The mean over bins is separable: bins' weights on rows times map times bins' weights on columns, region by region on the part
/// of the map that it touches.</remarks>
internal static class PreciseRoiPoolComposition
{
    /// <inheritdoc cref="PreciseRoiPool.Forward"/>
    public static Tensor Forward(Tensor features, Tensor rois, RoiShape shape, double scale)
    {
        using var scope = new TensorScope();
        DType type = features.DType == DType.Float64 ? DType.Float64 : DType.Float32;
        float[] known = rois.Detach().To(DType.Float32).ToArray<float>();
        shape.RegionsByImage(known);
        if (shape.Regions == 0 || shape.Plane == 0)
            return scope.Keep(Tensor.Zeros([shape.Regions, shape.Channels, shape.PooledHeight, shape.PooledWidth], features.DType,
                features.Device));
        Tensor map = features.To(type), boxes = rois.To(type) * scale;
        Tensor rows = Means(boxes[.., 2], boxes[.., 4], shape.PooledHeight, shape.Height);                       // R,PH,H
        Tensor columns = Means(boxes[.., 1], boxes[.., 3], shape.PooledWidth, shape.Width);                      // R,PW,W
        Tensor[] pooled = [.. Enumerable.Range(0, shape.Regions).Select(r =>
        {
            (int top, int bottom) = Touched(known[5 * r + 2] * scale, known[5 * r + 4] * scale, shape.Height);
            (int left, int right) = Touched(known[5 * r + 1] * scale, known[5 * r + 3] * scale, shape.Width);
            Tensor part = map[(int)known[5 * r]][.., top..bottom, left..right];                                  // C,h,w
            return rows[r][.., top..bottom].MatMul(part).MatMul(columns[r][.., left..right].Transpose(0, 1));    // C,PH,PW
        })];
        return scope.Keep(Tensor.Stack(pooled).To(features.DType));
    }

    // The pixels whose tents reach into the region, at least one.
    private static (int From, int To) Touched(double low, double high, int extent)
    {
        if (!(low < extent && high > -1)) return (0, 1);
        return ((int)Math.Clamp(Math.Floor(low) - 1, 0, extent - 1), (int)Math.Clamp(Math.Ceiling(high) + 2, 1, extent));
    }

    // The weight of each pixel in each bin's mean: R x bins x extent.
    private static Tensor Means(Tensor low, Tensor high, int bins, int extent)
    {
        Tensor size = (high - low).Unsqueeze(1) / bins;                                                          // R,1
        Tensor edges = low.Unsqueeze(1) + Tensor.Arange(0, bins + 1, 1, low.DType, low.Device) * size;           // R,bins+1
        Tensor distance = (edges.Unsqueeze(2) - Tensor.Arange(0, extent, 1, low.DType, low.Device)).Clamp(-1, 1);
        Tensor before = 0.5 + distance * (1 - distance.Abs() * 0.5);                                   // its integral: R,bins+1,extent
        Tensor isEmpty = !(size > 0);
        Tensor means = (before[.., 1..] - before[.., ..bins]) / size.MaskedFill(isEmpty, 1).Unsqueeze(2);
        return means.MaskedFill(isEmpty.Unsqueeze(2), 0);
    }
}
