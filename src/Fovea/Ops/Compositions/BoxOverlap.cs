using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>Overlaps of boxes out of libtorch's own operators: on any device, and with gradients.</summary>
internal static class BoxOverlap
{
    /// <summary>Intersection over union, or its generalized form, of each box (A x 4) with each other (B x 4): A x B.</summary>
    public static Tensor Matrix(Tensor boxes, Tensor others, bool generalized)
    {
        using var scope = new TensorScope();
        return scope.Keep(Pairs(boxes.Unsqueeze(1), others, generalized));
    }

    /// <summary>The same of boxes ... x 4 that broadcast against each other.</summary>
    public static Tensor Pairs(Tensor a, Tensor b, bool generalized)
    {
        Tensor[] p = a.Unbind(-1), q = b.Unbind(-1);
        Tensor shared = (p[2].Minimum(q[2]) - p[0].Maximum(q[0])).Clamp(min: 0) * (p[3].Minimum(q[3]) - p[1].Maximum(q[1])).Clamp(min: 0);
        Tensor union = (p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - shared;
        Tensor iou = shared / union;
        if (!generalized) return iou;
        Tensor hull = (p[2].Maximum(q[2]) - p[0].Minimum(q[0])).Clamp(min: 0) * (p[3].Maximum(q[3]) - p[1].Minimum(q[1])).Clamp(min: 0);
        return iou - (hull - union) / hull;
    }
}
