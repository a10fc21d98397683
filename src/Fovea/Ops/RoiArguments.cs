using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>What RoIAlign and RoI pooling share: the checks of their arguments.</summary>
internal static class RoiArguments
{
    /// <summary>The sizes of a call.</summary>
    /// <exception cref="ArgumentException">Features or regions have another shape than expected, or lie on different
    /// devices.</exception>
    public static RoiShape Shape(Tensor features, Tensor rois, int height, int width)
    {
        if (features.Dim != 4 || !features.DType.IsFloatingPoint())
            throw new ArgumentException($"The features are {features.Describe()}, but "
                + "a floating point tensor N x C x H x W is needed.", nameof(features));
        if (rois.Dim != 2 || rois.Size(1) != 5)
            throw new ArgumentException($"The regions are {rois.Describe()}, but "
                + "R x 5 is needed: index of the image, x1, y1, x2, y2.", nameof(rois));
        if (rois.Device != features.Device)
            throw new ArgumentException($"The features are on {features.Device} and the regions on {rois.Device}: "
                + "move the regions with To().", nameof(rois));
        RoiShape shape = new(checked((int)features.Size(0)), checked((int)features.Size(1)), checked((int)features.Size(2)),
            checked((int)features.Size(3)), checked((int)rois.Size(0)), height, width);
        shape.Validate();
        return shape;
    }

    /// <summary>Regions in the CPU's memory in single precision, without gradient.</summary>
    public static Tensor ForKernel(Tensor rois) => rois.Detach().To(DType.Float32).Contiguous();
}
