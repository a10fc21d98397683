namespace Fovea.Torch;

// Comparisons give bool tensors of the broadcast shape. Equality of references stays what == means.
public sealed partial class Tensor
{
    /// <summary>Less than.</summary>
    public static Tensor operator <(Tensor a, Tensor b) => Operators.LessTensor.Call(a, b);
    /// <summary>Less than.</summary>
    public static Tensor operator <(Tensor a, double b) => Operators.LessScalar.Call(a, b);
    /// <summary>Greater than.</summary>
    public static Tensor operator >(Tensor a, Tensor b) => Operators.GreaterTensor.Call(a, b);
    /// <summary>Greater than.</summary>
    public static Tensor operator >(Tensor a, double b) => Operators.GreaterScalar.Call(a, b);
    /// <summary>Less than or equal.</summary>
    public static Tensor operator <=(Tensor a, Tensor b) => Operators.LessEqualTensor.Call(a, b);
    /// <summary>Less than or equal.</summary>
    public static Tensor operator <=(Tensor a, double b) => Operators.LessEqualScalar.Call(a, b);
    /// <summary>Greater than or equal.</summary>
    public static Tensor operator >=(Tensor a, Tensor b) => Operators.GreaterEqualTensor.Call(a, b);
    /// <summary>Greater than or equal.</summary>
    public static Tensor operator >=(Tensor a, double b) => Operators.GreaterEqualScalar.Call(a, b);
    /// <summary>Both true.</summary>
    public static Tensor operator &(Tensor a, Tensor b) => Operators.LogicalAnd.Call(a, b);
    /// <summary>At least one true.</summary>
    public static Tensor operator |(Tensor a, Tensor b) => Operators.LogicalOr.Call(a, b);
    /// <summary>Not true.</summary>
    public static Tensor operator !(Tensor a) => Operators.LogicalNot.Call(a);

    /// <summary>Equal element by element.</summary>
    public Tensor Eq(Tensor other) => Operators.EqualTensor.Call(this, other);
    /// <summary>Equal to a number.</summary>
    public Tensor Eq(double value) => Operators.EqualScalar.Call(this, Number(value));
    /// <summary>Different element by element.</summary>
    public Tensor Ne(Tensor other) => Operators.NotEqualTensor.Call(this, other);
    /// <summary>Different from a number.</summary>
    public Tensor Ne(double value) => Operators.NotEqualScalar.Call(this, Number(value));
    /// <summary>Neither infinite nor NaN.</summary>
    public Tensor IsFinite() => Operators.IsFinite.Call(this);
    /// <summary>Not a number.</summary>
    public Tensor IsNaN() => Operators.IsNaN.Call(this);
    /// <summary>Elements of <paramref name="whenTrue"/> where this (bool) is true, of the other elsewhere.</summary>
    public Tensor Where(Tensor whenTrue, Tensor whenFalse) => Operators.Where.Call(this, whenTrue, whenFalse);
    /// <summary>True when shape, and every element, are equal.</summary>
    public bool ElementsEqual(Tensor other) => Operators.TensorEqual.CallNumber(this, other) != 0;
    /// <summary>True when every |a - b| is at most atol + rtol |b|.</summary>
    public bool AllClose(Tensor other, double rtol = 1e-5, double atol = 1e-8) =>
        Operators.AllClose.CallNumber(this, other, rtol, atol) != 0;
}
