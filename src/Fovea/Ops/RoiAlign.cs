using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>RoIAlign: cuts a region's features out of a feature map by bilinear sampling, without rounding to pixels.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 3. The numbers are torchvision's. Letters: N images,
/// C channels, H and W of the map, R regions.</remarks>
public static class RoiAlign
{
    /// <summary>Pools every region. The gradient flows to the features, not to the regions.</summary>
    /// <param name="features">N x C x H x W, floating point.</param>
    /// <param name="rois">R x 5: index of the image, then x1 y1 x2 y2 in continuous pixels of the picture. A coordinate that is not
    /// finite gives an empty region, whose features are zero.</param>
    /// <param name="height">Height of the result in bins.</param>
    /// <param name="width">Width of the result in bins.</param>
    /// <param name="scale">Size of the map over size of the picture, such as 1/16.</param>
    /// <param name="samplingRatio">Samples along each side of a bin; 0 or less: as many as the bin is pixels long, rounded
    /// up.</param>
    /// <param name="aligned">True for Detectron2's half-pixel shift; false for the original, which also widens regions to one
    /// pixel.</param>
    /// <returns>R x C x height x width, of the features' type and on their device.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a region names an image that is not there.</exception>
    public static unsafe Tensor Forward(Tensor features, Tensor rois, int height, int width, double scale, int samplingRatio = 2,
        bool aligned = false)
    {
        RoiShape shape = RoiArguments.Shape(features, rois, height, width);
        if (!KernelChoice.Applies(features)) return RoiAlignComposition.Forward(features, rois, shape, scale, samplingRatio, aligned);

        using var scope = new TensorScope();
        Tensor regions = AutogradFunction.Save(RoiArguments.ForKernel(rois));
        return scope.Keep(AutogradFunction.Apply("RoiAlign", [features], Pool, Spread, regions));

        Tensor Pool()
        {
            Tensor map = features.Contiguous();
            Tensor pooled = Tensor.Empty([shape.Regions, shape.Channels, height, width]);
            RoiAlignKernel.Forward((float*)map.DataPointer, regions.Span<float>(), shape, (float)scale, samplingRatio, aligned,
                (float*)pooled.DataPointer);
            GC.KeepAlive(map);
            return pooled;
        }

        Tensor?[] Spread(BackwardRequest request)
        {
            if (request.OutputGradients[0] is not { } gradient) return [null];
            Tensor dense = gradient.Contiguous();
            Tensor map = Tensor.Empty([shape.Images, shape.Channels, shape.Height, shape.Width]);
            RoiAlignKernel.Backward((float*)dense.DataPointer, regions.Span<float>(), shape, (float)scale, samplingRatio, aligned,
                (float*)map.DataPointer);
            GC.KeepAlive(dense);
            return [map];
        }
    }
}
