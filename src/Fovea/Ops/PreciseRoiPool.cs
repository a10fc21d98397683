using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>PrRoI pooling (precise RoI pooling): each bin is the mean of the bilinearly interpolated feature map over the bin's
/// area.</summary>
/// <remarks>Jiang, Luo, Mao, Xiao, Jiang: "Acquisition of Localization Confidence for Accurate Object Detection" (ECCV 2018),
/// section 3.2, equations 3 to 5. The integral is exact, so that the result is a smooth function of the region's edges and has a gradient
/// with respect to them. Pixel (i, j) of the map lies at (i, j); beyond the map everything is 0. Letters: N images, C channels, H and W of
/// the map, R regions.</remarks>
public static class PreciseRoiPool
{
    /// <summary>Pools every region. The gradient flows to the features and to the regions' edges.</summary>
    /// <param name="features">N x C x H x W, floating point.</param>
    /// <param name="rois">R x 5: index of the image, then x1 y1 x2 y2 in continuous pixels of the picture. A region without area has
    /// features of zero.</param>
    /// <param name="height">Height of the result in bins.</param>
    /// <param name="width">Width of the result in bins.</param>
    /// <param name="scale">Size of the map over size of the picture, such as 1/16.</param>
    /// <returns>R x C x height x width, of the features' type and on their device.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a region names an image that is not there.</exception>
    public static unsafe Tensor Forward(Tensor features, Tensor rois, int height, int width, double scale)
    {
        RoiShape shape = RoiArguments.Shape(features, rois, height, width);
        if (!KernelChoice.Applies(features)) return PreciseRoiPoolComposition.Forward(features, rois, shape, scale);

        using var scope = new TensorScope();
        Tensor regions = AutogradFunction.Save(RoiArguments.ForKernel(rois));
        // Only the gradient of the edges looks at the map again.
        Tensor? map = GradMode.IsEnabled && rois.RequiresGrad ? AutogradFunction.Save(features.Contiguous()) : null;
        DType roiType = rois.DType;
        Tensor[] saved = map is null ? [regions] : [regions, map];
        return scope.Keep(AutogradFunction.Apply("PreciseRoiPool", [features, rois], Pool, Spread, saved));

        Tensor Pool()
        {
            Tensor input = features.Contiguous(), pooled = Tensor.Empty([shape.Regions, shape.Channels, height, width]);
            RoiAlignKernel.Pool((float*)input.DataPointer, regions.Span<float>(), shape,
                RoiSamples.OfMeans(regions.Span<float>(), shape, (float)scale), (float*)pooled.DataPointer);
            GC.KeepAlive(input);
            return pooled;
        }

        Tensor?[] Spread(BackwardRequest request)
        {
            if (request.OutputGradients[0] is not { } gradient) return [null, null];
            Tensor dense = gradient.Contiguous();
            Tensor? ofFeatures = null, ofEdges = null;
            if (request.InputNeedsGradient[0])
            {
                ofFeatures = Tensor.Empty([shape.Images, shape.Channels, shape.Height, shape.Width]);
                RoiAlignKernel.Spread((float*)dense.DataPointer, regions.Span<float>(), shape,
                    RoiSamples.OfMeans(regions.Span<float>(), shape, (float)scale), (float*)ofFeatures.DataPointer);
            }
            if (request.InputNeedsGradient[1] && map is not null)
            {
                ofEdges = Tensor.Zeros([shape.Regions, 5]);
                PreciseRoiEdgeKernel.Fill((float*)map.DataPointer, (float*)dense.DataPointer, regions.Span<float>(), shape, scale,
                    (float*)ofEdges.DataPointer);
                ofEdges = ofEdges.To(roiType);
            }
            GC.KeepAlive(dense);
            return [ofFeatures, ofEdges];
        }
    }
}
