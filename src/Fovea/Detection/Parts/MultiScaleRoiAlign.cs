using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>Which operator cuts a region's features out of a map.</summary>
public enum RoiPooling
{
    /// <summary>Bilinear samples, averaged (He et al.: "Mask R-CNN", ICCV 2017, section 3).</summary>
    Align,
    /// <summary>The largest value of each cell, with rounded borders (Girshick: "Fast R-CNN", ICCV 2015, section 2.1).</summary>
    Pool,
    /// <summary>The mean over each cell, exactly; its gradient flows to the regions too (Jiang et al.: "Acquisition of Localization
    /// Confidence", ECCV 2018, section 3.2).</summary>
    Precise,
}

/// <summary>Cuts the features of regions out of the level of the pyramid that fits their size.</summary>
/// <remarks>Lin et al.: "Feature Pyramid Networks", equation 1: level k = floor(4 + log2(sqrt(area) / 224)).</remarks>
/// <param name="Size">Height and width of the result.</param>
/// <param name="SamplingRatio">Samples along each side of a cell of the result.</param>
/// <param name="Pooling">The operator.</param>
public sealed record MultiScaleRoiAlign(int Size = 7, int SamplingRatio = 2, RoiPooling Pooling = RoiPooling.Align)
{
    private const double CanonicalSize = 224, CanonicalLevel = 4, Epsilon = 1e-6;

    /// <summary>Features of all regions: R x C x Size x Size.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="regions">For each picture R_n x 4, in pixels of the batch.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    public Tensor Forward(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> regions, IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        return scope.Keep(Pool(features, WithImageIndex(regions), Scales(features, sizes)));
    }

    // rois: R,5
    private Tensor Pool(IReadOnlyList<Tensor> features, Tensor rois, double[] scales)
    {
        if (features.Count == 1) return Pool(features[0], rois, scales[0]);

        Tensor levels = LevelOf(rois, scales);                                      // R
        var pooled = new List<Tensor>();
        var places = new List<Tensor>();
        for (int level = 0; level < features.Count; level++)
        {
            Tensor indices = levels.Eq(level).NonZero().Flatten();
            if (indices.Numel == 0) continue;
            pooled.Add(Pool(features[level], rois.IndexSelect(0, indices), scales[level]));
            places.Add(indices);
        }
        if (pooled.Count == 0) return Pool(features[0], rois, scales[0]);           // no region at all: 0,C,S,S
        if (pooled.Count == 1) return pooled[0];
        Tensor order = Tensor.Cat([.. places]).Sort().Indices;                      // back to the regions' own order
        return Tensor.Cat([.. pooled]).IndexSelect(0, order);
    }

    private Tensor Pool(Tensor map, Tensor rois, double scale) => Pooling switch
    {
        RoiPooling.Align => RoiAlign.Forward(map, rois, Size, Size, scale, SamplingRatio, aligned: false),
        RoiPooling.Pool => RoiPool.Forward(map, rois, Size, Size, scale),
        _ => PreciseRoiPool.Forward(map, rois, Size, Size, scale),
    };

    private static Tensor WithImageIndex(IReadOnlyList<Tensor> regions) => Tensor.Cat([.. regions.Select((boxes, n) =>
        Tensor.Cat([Tensor.Full([boxes.Size(0), 1], n, device: boxes.Device), boxes], 1))]);

    // A level's scale is the power of two nearest to its height over that of the highest picture, as in torchvision. Padding counts
    // in the one and not in the other: below 68 rows the scale can come out too large, there as here, in training as at prediction.
    private static double[] Scales(IReadOnlyList<Tensor> features, IReadOnlyList<ImageSize> sizes)
    {
        int height = sizes.Max(s => s.Height);
        return [.. features.Select(map => Math.Pow(2, Math.Round(Math.Log2((float)map.Size(2) / height))))];
    }

    private static Tensor LevelOf(Tensor rois, double[] scales)
    {
        double first = -Math.Log2(scales[0]), last = -Math.Log2(scales[^1]);
        Tensor side = ((rois[.., 3] - rois[.., 1]) * (rois[.., 4] - rois[.., 2])).Sqrt();
        Tensor level = ((side / CanonicalSize).Log2() + CanonicalLevel + Epsilon).Floor().Clamp(first, last);
        return (level - first).To(DType.Int64);
    }
}
