using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>FCOS's assignment: which object each point of a pyramid should learn.</summary>
/// <remarks>Tian, Shen, Chen, He: "FCOS" (ICCV 2019), section 3.2, with the improvement of their table 3: a point learns the smallest object
/// that it lies in, near whose centre it is, and whose farthest side is in its level's range. The numbers are torchvision's. Letters:
/// A points of a level, G objects. Without gradient.</remarks>
/// <param name="Radius">How near the centre, in strides, in each direction.</param>
public sealed record CentreSampling(double Radius)
{
    // A level is for sides 4 to 8 strides away (the paper's 0, 64, 128, ... infinity); the first also for nearer, the last for farther.
    private const double Nearest = 4, Farthest = 8;

    // The smallest object is that with the most left of this area; in float32, so that areas that differ by little are alike.
    private const double LargestArea = 1e8, Nothing = 1e-5;

    /// <summary>The object of each point.</summary>
    /// <param name="levels">For each level the square anchors, A x 4, whose centres are the points and whose side is the stride.</param>
    /// <param name="boxes">G x 4, in the same frame; G may be 0.</param>
    /// <returns>int64 over all levels: index of the object, or <see cref="Matcher.Background"/>.</returns>
    public Tensor Assign(IReadOnlyList<Tensor> levels, Tensor boxes)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (boxes.Size(0) == 0)
            return scope.Keep(Tensor.Full([levels.Sum(level => level.Size(0))], Matcher.Background, DType.Int64, boxes.Device));
        return scope.Keep(Tensor.Cat(
            [.. levels.Select((anchors, i) => OfLevel(anchors, boxes, first: i == 0, last: i == levels.Count - 1))]));
    }

    private Tensor OfLevel(Tensor anchors, Tensor boxes, bool first, bool last)
    {
        Tensor[] point = anchors.Unsqueeze(1).Unbind(-1), box = boxes.Unsqueeze(0).Unbind(-1);      // each A,1 and 1,G
        Tensor x = (point[0] + point[2]) / 2, y = (point[1] + point[3]) / 2, stride = point[2] - point[0];
        Tensor left = x - box[0], top = y - box[1], right = box[2] - x, bottom = box[3] - y;        // A,G
        Tensor nearest = left.Minimum(right).Minimum(top.Minimum(bottom)), farthest = left.Maximum(right).Maximum(top.Maximum(bottom));
        Tensor fromCentre = (x - (box[0] + box[2]) / 2).Abs().Maximum((y - (box[1] + box[3]) / 2).Abs());
        Tensor fits = (fromCentre < stride * Radius) & (nearest > 0);
        if (!first) fits &= farthest > stride * Nearest;
        if (!last) fits &= farthest < stride * Farthest;
        Tensor area = (box[2] - box[0]) * (box[3] - box[1]);                                        // 1,G
        (Tensor best, Tensor index) = (fits.To(area.DType) * (LargestArea - area)).Max(1);
        return index.MaskedFill(best < Nothing, Matcher.Background);
    }
}
