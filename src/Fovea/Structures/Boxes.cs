using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Structures;

/// <summary>Many boxes as one tensor: N x 4, x1 y1 x2 y2 in continuous absolute pixels (torchvision's convention), as networks use
/// them.</summary>
/// <remarks>Every operation gives new boxes; gradients flow through them where the tensor has one. Single boxes, in double
/// precision, are <see cref="Box"/>.</remarks>
public sealed record Boxes
{
    /// <summary>Boxes over a tensor, without a copy.</summary>
    /// <param name="tensor">N x 4, floating point; N may be 0.</param>
    /// <exception cref="ArgumentException">The tensor has another shape or holds integers.</exception>
    public Boxes(Tensor tensor)
    {
        if (tensor.Dim != 2 || tensor.Size(1) != 4 || !tensor.DType.IsFloatingPoint())
            throw new ArgumentException($"Boxes are a floating point tensor N x 4 (x1, y1, x2, y2), not {tensor.Describe()}.",
                nameof(tensor));
        Tensor = tensor;
    }

    /// <summary>N x 4, x1 y1 x2 y2.</summary>
    public Tensor Tensor { get; }

    /// <summary>Number of boxes.</summary>
    public long Count => Tensor.Size(0);

    /// <summary>Single boxes, rounded to float32.</summary>
    public static Boxes From(IReadOnlyList<Box> boxes)
    {
        float[] edges = new float[4 * boxes.Count];
        for (int i = 0; i < boxes.Count; i++)
        {
            Box box = boxes[i];
            (edges[4 * i], edges[4 * i + 1]) = ((float)box.X1, (float)box.Y1);
            (edges[4 * i + 2], edges[4 * i + 3]) = ((float)box.X2, (float)box.Y2);
        }
        return new Boxes(Tensor.From(edges, boxes.Count, 4));
    }

    /// <summary>The boxes one by one, from any device.</summary>
    public Box[] ToArray()
    {
        using var scope = new TensorScope();
        return [.. Tensor.To(DType.Float64).ToArray<double>().Chunk(4).Select(b => new Box(b[0], b[1], b[2], b[3]))];
    }

    /// <summary>Width times height of each: N. Negative where one direction is reversed.</summary>
    public Tensor Area()
    {
        using var scope = new TensorScope();
        Tensor[] edges = Tensor.Unbind(1);
        return scope.Keep((edges[2] - edges[0]) * (edges[3] - edges[1]));
    }

    /// <summary>The parts of the boxes inside a picture; without area where they do not meet it.</summary>
    public Boxes Clip(ImageSize size)
    {
        using var scope = new TensorScope();
        Tensor[] edges = Tensor.Unbind(1);
        return new Boxes(scope.Keep(Tensor.Stack([
            edges[0].Clamp(0, size.Width), edges[1].Clamp(0, size.Height),
            edges[2].Clamp(0, size.Width), edges[3].Clamp(0, size.Height)], 1)));
    }

    /// <summary>The boxes after the picture is stretched by these factors.</summary>
    public Boxes Scale(double y, double x)
    {
        using var scope = new TensorScope();
        Tensor[] edges = Tensor.Unbind(1);
        return new Boxes(scope.Keep(Tensor.Stack([edges[0] * x, edges[1] * y, edges[2] * x, edges[3] * y], 1)));
    }

    /// <summary>Indices (int64, rising) of the boxes that are at least this wide and high.</summary>
    /// <param name="size">Smallest width and height in pixels.</param>
    public Tensor LargerThan(double size)
    {
        using var scope = new TensorScope();
        Tensor[] edges = Tensor.Unbind(1);
        return scope.Keep((((edges[2] - edges[0]) >= size) & ((edges[3] - edges[1]) >= size)).NonZero().Flatten());
    }

    /// <summary>The boxes at some indices.</summary>
    /// <param name="indices">int64, one dimension.</param>
    public Boxes Select(Tensor indices) => new(Tensor.IndexSelect(0, indices));

    /// <summary>Intersection over union of each box with each of the others: N x M. Not a number for two boxes without area, as in
    /// torchvision.</summary>
    public Tensor Iou(Boxes others) => Overlap(others, generalized: false);

    /// <summary>Generalized IoU of each box with each of the others, -1 to 1: N x M.</summary>
    /// <remarks>Rezatofighi et al.: "Generalized Intersection over Union" (CVPR 2019), algorithm 1.</remarks>
    public Tensor GeneralizedIou(Boxes others) => Overlap(others, generalized: true);

    /// <summary>Generalized IoU of each box with the other of the same place: N, differentiable. One minus this is the
    /// loss.</summary>
    /// <exception cref="ArgumentException">There are not as many others.</exception>
    public Tensor PairedGeneralizedIou(Boxes others)
    {
        if (Count != others.Count) throw new ArgumentException($"{Count} boxes cannot be paired with {others.Count}.", nameof(others));
        using var scope = new TensorScope();
        return scope.Keep(BoxOverlap.Pairs(Tensor, others.Tensor, generalized: true));
    }

    private Tensor Overlap(Boxes others, bool generalized)
    {
        if (!IsPlain(Tensor) || !IsPlain(others.Tensor)) return BoxOverlap.Matrix(Tensor, others.Tensor, generalized);
        using var scope = new TensorScope();
        Tensor matrix = Tensor.Empty([Count, others.Count]);
        BoxIouKernel.Fill(Tensor.Contiguous().Span<float>(), others.Tensor.Contiguous().Span<float>(), matrix.Span<float>(), generalized);
        return scope.Keep(matrix);
    }

    private static bool IsPlain(Tensor tensor) => KernelChoice.Applies(tensor) && !tensor.RequiresGrad;
}
