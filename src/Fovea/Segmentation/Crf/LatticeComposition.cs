using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>The lattice's filter out of libtorch's own operators, for CUDA and for types other than float32; differentiable by
/// libtorch.</summary>
internal static class LatticeComposition
{
    /// <summary>Splat, blur, slice.</summary>
    /// <param name="lattice">Of P points.</param>
    /// <param name="values">P x C, floating point.</param>
    /// <returns>P x C.</returns>
    public static Tensor Filter(PermutohedralLattice lattice, Tensor values)
    {
        using var scope = new TensorScope();
        long points = lattice.PointCount, corners = lattice.Dimension + 1, channels = values.Size(1);
        (Tensor vertices, Tensor weights) = lattice.Shares();                                                    // P*(d+1) each
        vertices = vertices.To(values.Device);
        weights = weights.To(values.Device, values.DType).View(points, corners, 1);
        Tensor shares = (values.Unsqueeze(1) * weights).View(points * corners, channels);                        // P*(d+1),C
        Tensor blurred = Tensor.Zeros([lattice.VertexCount + 1, channels], values.DType, values.Device)
            .IndexAddInPlace(0, vertices, shares);                                                               // M+1,C
        for (int axis = 0; axis < corners; axis++)
        {
            (Tensor before, Tensor after) = lattice.Neighbours(axis);                                            // M+1 each
            Tensor around = blurred.IndexSelect(0, before.To(values.Device)) + blurred.IndexSelect(0, after.To(values.Device));
            blurred = blurred * 0.5 + around * 0.25;
        }
        Tensor met = blurred.IndexSelect(0, vertices).View(points, corners, channels);                           // P,d+1,C
        return scope.Keep((met * weights).Sum(1) * lattice.Gain);
    }
}
