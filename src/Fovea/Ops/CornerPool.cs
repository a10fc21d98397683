using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>Where a pixel of a corner-pooled map looks.</summary>
public enum CornerDirection
{
    /// <summary>At itself and all pixels below: finds the topmost evidence of an object from its upper edge.</summary>
    Top,
    /// <summary>At itself and all pixels to the right.</summary>
    Left,
    /// <summary>At itself and all pixels above.</summary>
    Bottom,
    /// <summary>At itself and all pixels to the left.</summary>
    Right,
}

/// <summary>Corner pooling: each pixel becomes the largest value between itself and the map's edge in one direction.</summary>
/// <remarks>Law and Deng: "CornerNet: Detecting Objects as Paired Keypoints" (ECCV 2018), section 3.5, equations 6 and 7: a corner of a
/// box lies outside of the object, so the evidence for it is looked for along its edges. The gradient of a value goes to the pixel that
/// it comes from; of equal ones to the nearest.</remarks>
public static class CornerPool
{
    private static readonly Operator CumulativeMax = new("aten::cummax");

    /// <summary>Pools every channel.</summary>
    /// <param name="features">N x C x H x W, floating point. A value that is not a number hides all others.</param>
    /// <param name="direction">Where each pixel looks.</param>
    /// <returns>The same shape and memory layout.</returns>
    /// <exception cref="ArgumentException">The features have another shape.</exception>
    public static Tensor Forward(Tensor features, CornerDirection direction)
    {
        if (features.Dim != 4 || !features.DType.IsFloatingPoint())
            throw new ArgumentException($"The features are {features.Describe()}, but a floating point tensor N x C x H x W is needed.",
                nameof(features));
        int along = direction is CornerDirection.Top or CornerDirection.Bottom ? 2 : 3;
        bool fromEnd = direction is CornerDirection.Top or CornerDirection.Left;
        return KernelChoice.Applies(features) ? Run(features, along, fromEnd) : Compose(features, along, fromEnd);
    }

    private static Tensor Compose(Tensor features, int along, bool fromEnd)
    {
        using var scope = new TensorScope();
        Tensor ordered = fromEnd ? features.Flip(along) : features;
        Tensor largest = CumulativeMax.Call2(ordered, (long)along).Item1;
        return scope.Keep(fromEnd ? largest.Flip(along) : largest);
    }

    private static unsafe Tensor Run(Tensor features, int along, bool fromEnd)
    {
        using var scope = new TensorScope();
        // Channels-last maps are read as N x H x W x C, which for them is no copy.
        bool channelsLast = !features.IsContiguous;
        long[] shape = channelsLast ? [features.Size(0), features.Size(2), features.Size(3), features.Size(1)] : features.Shape;
        int dimension = channelsLast ? along - 1 : along;
        CornerPoolShape lines = CornerPoolShape.Of(shape, dimension);
        bool records = GradMode.IsEnabled && features.RequiresGrad;
        Tensor places = Tensor.Empty(records ? shape : [0], DType.Int32).Unscoped();
        return scope.Keep(AutogradFunction.Apply("CornerPool", [features], Pool, Return, places));

        Tensor Pool()
        {
            Tensor values = Lay(features), pooled = Tensor.Empty(shape);
            CornerPoolKernel.Forward((float*)values.DataPointer, (float*)pooled.DataPointer, records ? (int*)places.DataPointer : null,
                lines, fromEnd);
            GC.KeepAlive(values);
            return Unlay(pooled);
        }

        Tensor?[] Return(BackwardRequest request)
        {
            if (request.OutputGradients[0] is not { } gradient) return [null];
            Tensor dense = Lay(gradient), spread = Tensor.Zeros(shape);
            CornerPoolKernel.Backward((float*)dense.DataPointer, (int*)places.DataPointer, (float*)spread.DataPointer, lines);
            GC.KeepAlive(dense);
            return [Unlay(spread)];
        }

        Tensor Lay(Tensor map) => (channelsLast ? map.Permute(0, 2, 3, 1) : map).Contiguous();

        Tensor Unlay(Tensor laid) => channelsLast ? laid.Permute(0, 3, 1, 2) : laid;
    }
}
