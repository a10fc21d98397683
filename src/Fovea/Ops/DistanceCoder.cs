using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>FCOS's code (l, t, r, b): how far the four sides of a box are from a point, the centre of an anchor, in units of the anchor's
/// size.</summary>
/// <remarks>Tian, Shen, Chen, He: "FCOS: Fully Convolutional One-Stage Object Detection" (ICCV 2019), equation 1; divided by the stride, as
/// in its authors' improvements. Numbers are those of torchvision's BoxLinearCoder.</remarks>
public static class DistanceCoder
{
    /// <summary>The code of each box relative to its anchor: negative where the centre lies outside.</summary>
    /// <param name="boxes">R x 4, x1 y1 x2 y2.</param>
    /// <param name="anchors">R x 4, in the same frame; with an area.</param>
    /// <returns>R x 4: l, t, r, b.</returns>
    public static Tensor Encode(Tensor boxes, Tensor anchors)
    {
        using var scope = new TensorScope();
        (Tensor x, Tensor y, Tensor width, Tensor height) = Centre(boxes, anchors);
        Tensor[] edges = boxes.Unbind(-1);
        return scope.Keep(Tensor.Stack([
            (x - edges[0]) / width, (y - edges[1]) / height, (edges[2] - x) / width, (edges[3] - y) / height], 1));
    }

    /// <summary>The boxes that codes mean.</summary>
    /// <param name="distances">R x 4: l, t, r, b, in anchor sizes.</param>
    /// <param name="anchors">R x 4, x1 y1 x2 y2.</param>
    /// <returns>R x 4, x1 y1 x2 y2 in the anchors' frame, not clipped.</returns>
    public static Tensor Decode(Tensor distances, Tensor anchors)
    {
        using var scope = new TensorScope();
        (Tensor x, Tensor y, Tensor width, Tensor height) = Centre(distances, anchors.To(distances.DType));
        Tensor[] code = distances.Unbind(-1);
        return scope.Keep(Tensor.Stack([x - code[0] * width, y - code[1] * height, x + code[2] * width, y + code[3] * height], 1));
    }

    private static (Tensor X, Tensor Y, Tensor Width, Tensor Height) Centre(Tensor values, Tensor anchors)
    {
        if (anchors.Dim != 2 || anchors.Size(1) != 4 || !values.Shape.AsSpan().SequenceEqual(anchors.Shape))
            throw new ArgumentException($"{values.Describe()} arrived for the anchors {anchors.Describe()}, but both need to be R x 4.");
        Tensor[] edges = anchors.Unbind(-1);
        return ((edges[0] + edges[2]) * 0.5, (edges[1] + edges[3]) * 0.5, edges[2] - edges[0], edges[3] - edges[1]);
    }
}
