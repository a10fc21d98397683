using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>What a network should say of one kind of corner. Entry g of the tensors of objects belongs to object g, picture by
/// picture.</summary>
/// <param name="Heat">N x K x H x W: 1 at corners, a bell curve around them.</param>
/// <param name="Cells">G int64: the cell that each object's corner lies in, (n H + y) W + x.</param>
/// <param name="Offset">G x 2: where in its cell it lies, x and y in cells.</param>
public sealed record CornerTarget(Tensor Heat, Tensor Cells, Tensor Offset)
{
    /// <summary>The target on another device.</summary>
    public CornerTarget To(Device device) => new(Heat.To(device), Cells.To(device), Offset.To(device));
}

/// <summary>What a CornerNet should say of a batch.</summary>
/// <remarks>Law and Deng: "CornerNet" (ECCV 2018), sections 3.2 and 3.3. Letters: N pictures, K classes, H and W of the maps, G objects of
/// all pictures.</remarks>
/// <param name="TopLeft">Of the upper left corners.</param>
/// <param name="BottomRight">Of the lower right corners.</param>
/// <param name="Counts">Objects of each picture.</param>
public sealed record CornerTargets(CornerTarget TopLeft, CornerTarget BottomRight, long[] Counts)
{
    /// <summary>Draws the targets of a batch.</summary>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <param name="classes">K.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="stride">Pixels of the picture to a cell.</param>
    /// <param name="leastIoU">How far a bell curve reaches: see <see cref="CornerRadius"/>.</param>
    public static CornerTargets Draw(IReadOnlyList<DetectionTarget> targets, int classes, int height, int width, int stride,
        double leastIoU)
    {
        var topLeft = new Canvas(targets.Count, classes, height, width);
        var bottomRight = new Canvas(targets.Count, classes, height, width);
        for (int n = 0; n < targets.Count; n++)
        {
            float[] boxes = targets[n].Boxes.ToArray<float>();
            long[] labels = targets[n].Labels.ToArray<long>();
            for (int g = 0; g < labels.Length; g++)
            {
                float[] box = [.. boxes.AsSpan(4 * g, 4).ToArray().Select(edge => edge / stride)];
                int reach = (int)CornerRadius.Of(box[3] - box[1], box[2] - box[0], leastIoU);
                topLeft.Add(n, (int)labels[g] - 1, box[0], box[1], reach);
                bottomRight.Add(n, (int)labels[g] - 1, box[2], box[3], reach);
            }
        }
        return new CornerTargets(topLeft.ToTarget(), bottomRight.ToTarget(), [.. targets.Select(target => target.Labels.Numel)]);
    }

    /// <summary>The targets on another device.</summary>
    public CornerTargets To(Device device) => new(TopLeft.To(device), BottomRight.To(device), Counts);

    private sealed class Canvas(int pictures, int classes, int height, int width)
    {
        private readonly float[] _heat = new float[checked(pictures * classes * height * width)];
        private readonly List<long> _cells = [];
        private readonly List<float> _offsets = [];

        // A corner at x, y in cells. One on the picture's far edge belongs to the last cell.
        public void Add(int n, int category, float x, float y, int reach)
        {
            int column = Math.Clamp((int)MathF.Floor(x), 0, width - 1), row = Math.Clamp((int)MathF.Floor(y), 0, height - 1);
            _cells.Add(((long)n * height + row) * width + column);
            _offsets.AddRange([x - column, y - row]);
            // Section 3.2: sigma is a third of the radius; in whole cells a sixth of the diameter 2 reach + 1, which is never 0.
            double sigma = (2 * reach + 1) / 6.0;
            Span<float> plane = _heat.AsSpan((n * classes + category) * height * width, height * width);
            for (int i = Math.Max(0, row - reach); i <= Math.Min(height - 1, row + reach); i++)
                for (int j = Math.Max(0, column - reach); j <= Math.Min(width - 1, column + reach); j++)
                {
                    double squared = (i - row) * (i - row) + (j - column) * (j - column);
                    ref float cell = ref plane[i * width + j];
                    cell = Math.Max(cell, (float)Math.Exp(-squared / (2 * sigma * sigma)));
                }
        }

        public CornerTarget ToTarget() => new(Tensor.From(_heat, pictures, classes, height, width),
            Tensor.From([.. _cells], _cells.Count), Tensor.From([.. _offsets], _cells.Count, 2));
    }
}

/// <summary>How far two corners may lie off so that the box between them is still good.</summary>
public static class CornerRadius
{
    /// <summary>The largest r such that every box whose corners each lie within r of the true ones, in x and in y, has at least the given
    /// IoU with the true box.</summary>
    /// <remarks>Law and Deng 2018, section 3.2. The IoU is least in one of three cases, each a quadratic in r for a box of h x w and IoU t:
    /// <list type="bullet">
    /// <item>both corners shifted alike: (h - r)(w - r) / (2hw - (h - r)(w - r)) = t, or r^2 - (h + w) r + hw (1 - t) / (1 + t) = 0;</item>
    /// <item>both inside the box: (h - 2r)(w - 2r) / hw = t, or 4 r^2 - 2 (h + w) r + (1 - t) hw = 0;</item>
    /// <item>both outside: hw / ((h + 2r)(w + 2r)) = t, or 4t r^2 + 2t (h + w) r - (1 - t) hw = 0.</item>
    /// </list>
    /// The first root that is met as r grows counts: the smaller one of the first two, the positive one of the last; and of the three
    /// the smallest. The paper's first implementation did not divide by the leading coefficients, and took the larger roots: its radii
    /// are too large.</remarks>
    /// <param name="height">Of the box, above 0.</param>
    /// <param name="width">Of the box, above 0.</param>
    /// <param name="leastIoU">t, from 0 to 1: 0.3 in the paper.</param>
    /// <returns>r, in units of height and width.</returns>
    public static double Of(double height, double width, double leastIoU)
    {
        Check.Fraction(leastIoU, nameof(leastIoU));
        double sum = height + width, area = height * width, t = leastIoU;
        double shifted = (sum - Math.Sqrt(Math.Max(0, sum * sum - 4 * area * (1 - t) / (1 + t)))) / 2;
        double inside = (sum - Math.Sqrt(Math.Max(0, sum * sum - 4 * (1 - t) * area))) / 4;
        double outside = t == 0 ? double.PositiveInfinity : (Math.Sqrt(sum * sum + 4 * (1 - t) / t * area) - sum) / 4;
        return Math.Min(shifted, Math.Min(inside, outside));
    }
}
