using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>Box regression's code (dx, dy, dw, dh): where a box lies relative to an anchor or region, in units of the latter's
/// size.</summary>
/// <remarks>Girshick et al.: "Rich feature hierarchies" (CVPR 2014), appendix C; weights as in torchvision's BoxCoder, whose
/// numbers these are. Letters: R regions, K classes.</remarks>
/// <param name="WeightX">Factor of dx.</param>
/// <param name="WeightY">Factor of dy.</param>
/// <param name="WeightW">Factor of dw.</param>
/// <param name="WeightH">Factor of dh.</param>
public sealed record BoxCoder(double WeightX, double WeightY, double WeightW, double WeightH)
{
    // A box may grow from a stride of 16 pixels to a picture of 1,000: beyond, exp() would overflow early in training.
    private static readonly double MaxLogScale = Math.Log(1000.0 / 16);

    /// <summary>The code of each box relative to its region.</summary>
    /// <param name="boxes">R x 4, x1 y1 x2 y2.</param>
    /// <param name="regions">R x 4, in the same frame.</param>
    /// <returns>R x 4: dx, dy, dw, dh. Not finite where a box or region has no area.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public Tensor Encode(Tensor boxes, Tensor regions)
    {
        if (boxes.Dim != 2 || boxes.Size(1) != 4 || !boxes.Shape.AsSpan().SequenceEqual(regions.Shape))
            throw new ArgumentException($"The boxes are {boxes.Describe()} and the regions {regions.Describe()}, but "
                + "both need to be R x 4.");
        using var scope = new TensorScope();
        (Tensor x, Tensor y, Tensor width, Tensor height) = Centre(regions);
        (Tensor boxX, Tensor boxY, Tensor boxWidth, Tensor boxHeight) = Centre(boxes);
        return scope.Keep(Tensor.Stack([
            (boxX - x) * WeightX / width,
            (boxY - y) * WeightY / height,
            (boxWidth / width).Log() * WeightW,
            (boxHeight / height).Log() * WeightH], 1));
    }

    /// <summary>The boxes that codes mean.</summary>
    /// <param name="deltas">R x 4.</param>
    /// <param name="regions">R x 4, x1 y1 x2 y2.</param>
    /// <returns>R x 4, x1 y1 x2 y2 in the regions' frame, not clipped.</returns>
    public Tensor Decode(Tensor deltas, Tensor regions) => DecodePerClass(deltas, regions).View(-1, 4);

    /// <summary>The boxes that codes mean, with a code of its own for every class.</summary>
    /// <param name="deltas">R x 4K: the four numbers of class 0, of class 1, ...</param>
    /// <param name="regions">R x 4, x1 y1 x2 y2.</param>
    /// <returns>R x K x 4, x1 y1 x2 y2 in the regions' frame, not clipped.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public Tensor DecodePerClass(Tensor deltas, Tensor regions)
    {
        if (deltas.Dim != 2 || deltas.Size(1) % 4 != 0 || regions.Dim != 2 || regions.Size(1) != 4 || deltas.Size(0) != regions.Size(0))
            throw new ArgumentException($"The deltas are {deltas.Describe()} and the regions {regions.Describe()}, but "
                + "R x 4K and R x 4 are needed.");
        using var scope = new TensorScope();
        (Tensor x, Tensor y, Tensor width, Tensor height) = Centre(regions.To(deltas.DType).Unsqueeze(1));              // R,1
        Tensor[] code = deltas.View(deltas.Size(0), deltas.Size(1) / 4, 4).Unbind(2);                                   // R,K
        Tensor boxX = code[0] / WeightX * width + x, boxY = code[1] / WeightY * height + y;
        Tensor halfWidth = (code[2] / WeightW).Clamp(max: MaxLogScale).Exp() * width * 0.5;
        Tensor halfHeight = (code[3] / WeightH).Clamp(max: MaxLogScale).Exp() * height * 0.5;
        return scope.Keep(Tensor.Stack([boxX - halfWidth, boxY - halfHeight, boxX + halfWidth, boxY + halfHeight], 2)); // R,K,4
    }

    private static (Tensor X, Tensor Y, Tensor Width, Tensor Height) Centre(Tensor boxes)
    {
        Tensor[] edges = boxes.Unbind(-1);
        Tensor width = edges[2] - edges[0], height = edges[3] - edges[1];
        return (edges[0] + width * 0.5, edges[1] + height * 0.5, width, height);
    }
}
