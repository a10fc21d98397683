using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>RoI pooling: cuts a region's features out of a feature map as the largest value of each bin, with borders rounded to
/// pixels.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), sections 2.1 and 2.3 (the gradient goes to the largest value). The numbers are
/// torchvision's. Letters: N images, C channels, H and W of the map, R regions.</remarks>
public static class RoiPool
{
    /// <summary>Pools every region. The gradient flows to the features, not to the regions.</summary>
    /// <param name="features">N x C x H x W, floating point.</param>
    /// <param name="rois">R x 5: index of the image, then x1 y1 x2 y2 in continuous pixels of the picture.</param>
    /// <param name="height">Height of the result in bins.</param>
    /// <param name="width">Width of the result in bins.</param>
    /// <param name="scale">Size of the map over size of the picture, such as 1/16.</param>
    /// <returns>R x C x height x width, of the features' type and on their device; 0 in bins outside the map.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a region names an image that is not there.</exception>
    public static unsafe Tensor Forward(Tensor features, Tensor rois, int height, int width, double scale)
    {
        RoiShape shape = RoiArguments.Shape(features, rois, height, width);
        if (!KernelChoice.Applies(features)) return RoiPoolComposition.Forward(features, rois, shape, scale);

        using var scope = new TensorScope();
        Tensor regions = AutogradFunction.Save(RoiArguments.ForKernel(rois));
        Tensor places = Tensor.Empty([shape.Regions, shape.Channels, height, width], DType.Int32).Unscoped();
        return scope.Keep(AutogradFunction.Apply("RoiPool", [features], Pool, Return, regions, places));

        Tensor Pool()
        {
            Tensor map = features.Contiguous();
            Tensor pooled = Tensor.Empty([shape.Regions, shape.Channels, height, width]);
            RoiPoolKernel.Forward((float*)map.DataPointer, regions.Span<float>(), shape, (float)scale, (float*)pooled.DataPointer,
                (int*)places.DataPointer);
            GC.KeepAlive(map);
            return pooled;
        }

        Tensor?[] Return(BackwardRequest request)
        {
            if (request.OutputGradients[0] is not { } gradient) return [null];
            Tensor dense = gradient.Contiguous();
            Tensor map = Tensor.Empty([shape.Images, shape.Channels, shape.Height, shape.Width]);
            RoiPoolKernel.Backward((float*)dense.DataPointer, (int*)places.DataPointer, regions.Span<float>(), shape,
                (float*)map.DataPointer);
            GC.KeepAlive(dense);
            return [map];
        }
    }
}
