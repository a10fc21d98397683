using System.Numerics.Tensors;

namespace Fovea.Ops.Kernels;

/// <summary>A tensor as lines along one dimension: Outer x Steps x Inner.</summary>
/// <param name="Outer">Product of the sizes before the dimension.</param>
/// <param name="Steps">Size of the dimension.</param>
/// <param name="Inner">Product of the sizes after it.</param>
internal readonly record struct CornerPoolShape(int Outer, int Steps, int Inner)
{
    // As many neighbouring lines are worked on at once, so that a step reads whole cache lines.
    private const int Width = 512;

    /// <summary>Pieces that the inner dimension is cut into.</summary>
    public int Chunks => (Inner + Width - 1) / Width;

    /// <summary>The shape of a tensor seen along a dimension.</summary>
    public static CornerPoolShape Of(ReadOnlySpan<long> shape, int dimension)
    {
        long outer = 1, inner = 1;
        foreach (long size in shape[..dimension]) outer *= size;
        foreach (long size in shape[(dimension + 1)..]) inner *= size;
        return new(checked((int)outer), checked((int)shape[dimension]), checked((int)inner));
    }

    /// <summary>First place and length of a piece of work: line <c>item / Chunks</c>, and part of the inner dimension.</summary>
    public (nint Start, int Count) Piece(int item)
    {
        int from = item % Chunks * Width;
        return ((nint)(item / Chunks) * Steps * Inner + from, Math.Min(Width, Inner - from));
    }
}

/// <summary>Corner pooling on the CPU, single precision: a running maximum along lines, and its gradient.</summary>
/// <remarks>Every line has one owner, so the result does not depend on the number of threads.</remarks>
internal static unsafe class CornerPoolKernel
{
    /// <summary>The running maximum.</summary>
    /// <param name="values">Outer x Steps x Inner floats.</param>
    /// <param name="pooled">As many, overwritten.</param>
    /// <param name="places">The step that each maximum comes from, for <see cref="Backward"/>; null where no gradient is wanted.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="fromEnd">Whether it runs from the last step to the first.</param>
    public static void Forward(float* values, float* pooled, int* places, CornerPoolShape shape, bool fromEnd)
    {
        if (shape.Steps == 0) return;
        ParallelItems.Run(shape.Outer * shape.Chunks, 0, (item, _) =>
        {
            (nint start, int count) = shape.Piece(item);
            int step = fromEnd ? shape.Steps - 1 : 0, stride = fromEnd ? -1 : 1;
            nint at = start + (nint)step * shape.Inner;
            new Span<float>(values + at, count).CopyTo(new Span<float>(pooled + at, count));
            if (places is not null) new Span<int>(places + at, count).Fill(step);
            for (int k = 1; k < shape.Steps; k++)
            {
                nint before = at;
                (step, at) = (step + stride, at + stride * (nint)shape.Inner);
                if (places is null)
                    TensorPrimitives.Max(new ReadOnlySpan<float>(values + at, count), new ReadOnlySpan<float>(pooled + before, count),
                        new Span<float>(pooled + at, count));
                else
                    for (int i = 0; i < count; i++)
                    {
                        float value = values[at + i], largest = pooled[before + i];
                        bool isNew = value >= largest || float.IsNaN(value);
                        pooled[at + i] = isNew ? value : largest;
                        places[at + i] = isNew ? step : places[before + i];
                    }
            }
        });
    }

    /// <summary>Adds each maximum's gradient to where it comes from.</summary>
    /// <param name="gradient">Outer x Steps x Inner floats.</param>
    /// <param name="places">From <see cref="Forward"/>.</param>
    /// <param name="spread">As many floats, zero.</param>
    /// <param name="shape">All sizes.</param>
    public static void Backward(float* gradient, int* places, float* spread, CornerPoolShape shape)
    {
        ParallelItems.Run(shape.Outer * shape.Chunks, 0, (item, _) =>
        {
            (nint start, int count) = shape.Piece(item);
            for (int step = 0; step < shape.Steps; step++)
            {
                nint at = start + (nint)step * shape.Inner;
                for (int i = 0; i < count; i++) spread[start + (nint)places[at + i] * shape.Inner + i] += gradient[at + i];
            }
        });
    }
}
