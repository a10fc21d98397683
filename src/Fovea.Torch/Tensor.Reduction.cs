namespace Fovea.Torch;

// Many elements to few. A negative dimension counts from the last.
public sealed partial class Tensor
{
    /// <summary>Sum of all elements.</summary>
    public Tensor Sum() => Operators.Sum.Call(this);
    /// <summary>Sum along dimensions.</summary>
    public Tensor Sum(params long[] dimensions) => Operators.SumDim.Call(this, dimensions);
    /// <summary>Mean of all elements; NaN of none.</summary>
    public Tensor Mean() => Operators.Mean.Call(this);
    /// <summary>Mean along dimensions.</summary>
    public Tensor Mean(long[] dimensions, bool keepDimensions = false) => Operators.MeanDim.Call(this, dimensions, keepDimensions);
    /// <summary>Largest element.</summary>
    public Tensor Max() => Operators.MaxAll.Call(this);
    /// <summary>Smallest element.</summary>
    public Tensor Min() => Operators.MinAll.Call(this);
    /// <summary>Largest element along a dimension, and the index of it.</summary>
    public (Tensor Values, Tensor Indices) Max(long dimension, bool keepDimension = false) =>
        Operators.MaxDim.Call2(this, dimension, keepDimension);
    /// <summary>Smallest element along a dimension, and the index of it.</summary>
    public (Tensor Values, Tensor Indices) Min(long dimension, bool keepDimension = false) =>
        Operators.MinDim.Call2(this, dimension, keepDimension);
    /// <summary>Index of the largest element along a dimension.</summary>
    public Tensor ArgMax(long dimension) => Operators.ArgMax.Call(this, dimension);
    /// <summary>True when every element is.</summary>
    public Tensor All() => Operators.All.Call(this);
    /// <summary>True when at least one element is.</summary>
    public Tensor Any() => Operators.Any.Call(this);
    /// <summary>True where at least one element along a dimension is.</summary>
    public Tensor Any(long dimension) => Operators.AnyDim.Call(this, dimension, false);
    /// <summary>Running sum along a dimension.</summary>
    public Tensor CumulativeSum(long dimension) => Operators.CumulativeSum.Call(this, dimension);
    /// <summary>Euclidean norm of all elements.</summary>
    public Tensor Norm() => Operators.Norm.Call(this, 2.0);
    /// <summary>Sorted along a dimension, equal elements in their old order, and where each came from.</summary>
    public (Tensor Values, Tensor Indices) Sort(long dimension = -1, bool descending = false) =>
        Operators.SortStable.Call2(this, true, dimension, descending);
    /// <summary>The k largest along a dimension in falling order, and their indices. The order of equal elements is open.</summary>
    public (Tensor Values, Tensor Indices) TopK(long k, long dimension = -1) => Operators.TopK.Call2(this, k, dimension, true, true);
    /// <summary>exp(x) / sum(exp(x)) along a dimension.</summary>
    public Tensor Softmax(long dimension) => Operators.Softmax.Call(this, dimension);
    /// <summary>Logarithm of the softmax.</summary>
    public Tensor LogSoftmax(long dimension) => Operators.LogSoftmax.Call(this, dimension);
    /// <summary>Logarithm of the sum of exp(x) along a dimension, without overflow.</summary>
    public Tensor LogSumExp(long dimension) => Operators.LogSumExp.Call(this, (long[])[dimension]);
}
