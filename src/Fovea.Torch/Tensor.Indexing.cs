namespace Fovea.Torch;

// Parts of a tensor, by position, range, list of indices or mask.
public sealed partial class Tensor
{
    /// <summary>One slice along a dimension, as a view one dimension poorer.</summary>
    public Tensor Select(long dimension, long index) => Operators.Select.Call(this, dimension, index);

    /// <summary>Positions start to end (exclusive) along a dimension, as a view; negative counts from the end.</summary>
    public Tensor Slice(long dimension, long start, long? end = null, long step = 1) =>
        Operators.Slice.Call(this, dimension, start, end, step);

    /// <summary>Slices at the given positions (int64, one dimension) along a dimension, as a copy.</summary>
    public Tensor IndexSelect(long dimension, Tensor indices) => Operators.IndexSelect.Call(this, dimension, indices);

    /// <summary>Element (i, ...) of the result is element (index[i, ...], ...) along the dimension.</summary>
    public Tensor Gather(long dimension, Tensor index) => Operators.Gather.Call(this, dimension, index);

    /// <summary>Elements where the mask (bool) is false, and <paramref name="value"/> where it is true.</summary>
    public Tensor MaskedFill(Tensor mask, double value) => Operators.MaskedFill.Call(this, mask, value);

    /// <summary>Positions of the elements that are not zero: int64, count x dimensions.</summary>
    public Tensor NonZero() => Operators.NonZero.Call(this);

    /// <summary>A view or copy of a part: one index a dimension from the first on; those left out are taken whole.</summary>
    /// <remarks>Whole numbers and ranges give views; tensors of indices (int64) or masks (bool) give copies.</remarks>
    /// <example><code>boxes[.., 2] - boxes[.., 0]     picture[^1, 10..20]     scores[keep]</code></example>
    [System.Runtime.CompilerServices.IndexerName("Part")]   // Item is taken
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get
        {
            Tensor result = this;
            Tensor?[]? gathered = null;
            int dimension = 0;
            foreach (TensorIndex index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndexKind.Position:
                        result = result.Select(dimension, index.Start);
                        break;
                    case TensorIndexKind.Range:
                        if (index.Start != 0 || index.End is not null) result = result.Slice(dimension, index.Start, index.End);
                        dimension++;
                        break;
                    case TensorIndexKind.NewAxis:
                        result = result.Unsqueeze(dimension++);
                        break;
                    default:
                        gathered ??= new Tensor?[result.Dim];
                        gathered[dimension] = index.Tensor;
                        // a mask of d dimensions stands for d of the tensor's
                        dimension += index.Tensor!.DType == DType.Bool ? index.Tensor.Dim : 1;
                        break;
                }
            }
            if (gathered is null) return result;
            int used = Array.FindLastIndex(gathered, t => t is not null) + 1;
            Tensor?[] list = gathered[..used];
            return Operators.Index.Call(result, Argument.OptionalTensors(Compact(list)));
        }
    }

    // A mask of several dimensions is one entry of libtorch's list: the places after it must go.
    private static Tensor?[] Compact(Tensor?[] list)
    {
        var compact = new List<Tensor?>();
        for (int i = 0; i < list.Length; i++)
        {
            compact.Add(list[i]);
            if (list[i] is { DType: DType.Bool } mask) i += mask.Dim - 1;
        }
        return [.. compact];
    }

    /// <summary>Writes values at the positions (int64) of the first dimension, in place.</summary>
    public Tensor IndexPutInPlace(Tensor indices, Tensor values, bool accumulate = false)
    {
        Operators.IndexPutInPlace.Do(this, Argument.OptionalTensors([indices]), values, accumulate);
        return this;
    }

    /// <summary>Adds slices of <paramref name="source"/> at the positions (int64) along a dimension, in place.</summary>
    public Tensor IndexAddInPlace(long dimension, Tensor indices, Tensor source)
    {
        Operators.IndexAddInPlace.Do(this, dimension, indices, source);
        return this;
    }

    /// <summary>Writes a number at the positions (int64) along a dimension, in place.</summary>
    public Tensor ScatterInPlace(long dimension, Tensor index, double value)
    {
        Operators.ScatterScalarInPlace.Do(this, dimension, index, value);
        return this;
    }
}

internal enum TensorIndexKind { Position, Range, NewAxis, Tensor }

/// <summary>One index of <see cref="Tensor"/>'s indexer: a position, a range, a new axis, indices or a mask.</summary>
public readonly struct TensorIndex
{
    internal readonly TensorIndexKind Kind;
    internal readonly long Start;
    internal readonly long? End;
    internal readonly Tensor? Tensor;

    private TensorIndex(TensorIndexKind kind, long start = 0, long? end = null, Tensor? tensor = null) =>
        (Kind, Start, End, Tensor) = (kind, start, end, tensor);

    /// <summary>A new dimension of length 1.</summary>
    public static TensorIndex NewAxis => new(TensorIndexKind.NewAxis);

    /// <summary>One position.</summary>
    public static implicit operator TensorIndex(int position) => new(TensorIndexKind.Position, position);
    /// <summary>One position.</summary>
    public static implicit operator TensorIndex(long position) => new(TensorIndexKind.Position, position);
    /// <summary>One position, perhaps from the end.</summary>
    public static implicit operator TensorIndex(Index position) =>
        new(TensorIndexKind.Position, position.IsFromEnd ? -position.Value : position.Value);
    /// <summary>A range.</summary>
    public static implicit operator TensorIndex(Range range) => new(
        TensorIndexKind.Range,
        range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
        !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);
    /// <summary>Indices (int64) or a mask (bool).</summary>
    public static implicit operator TensorIndex(Tensor tensor) => new(TensorIndexKind.Tensor, tensor: tensor);
}
