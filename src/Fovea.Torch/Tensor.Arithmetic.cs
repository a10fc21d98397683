namespace Fovea.Torch;

// Element by element. Shapes broadcast as in NumPy: lengths meet from the last dimension, and 1 stretches.
public sealed partial class Tensor
{
    /// <summary>Sum.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Operators.Add.Call(a, b);
    /// <summary>Sum.</summary>
    public static Tensor operator +(Tensor a, double b) => Operators.AddScalar.Call(a, Number(b));
    /// <summary>Sum.</summary>
    public static Tensor operator +(double a, Tensor b) => Operators.AddScalar.Call(b, Number(a));
    /// <summary>Difference.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Operators.Subtract.Call(a, b);
    /// <summary>Difference.</summary>
    public static Tensor operator -(Tensor a, double b) => Operators.SubtractScalar.Call(a, Number(b));
    /// <summary>Difference.</summary>
    public static Tensor operator -(double a, Tensor b) => Operators.ReverseSubtractScalar.Call(b, Number(a));
    /// <summary>Negative.</summary>
    public static Tensor operator -(Tensor a) => Operators.Negate.Call(a);
    /// <summary>Product.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Operators.Multiply.Call(a, b);
    /// <summary>Product.</summary>
    public static Tensor operator *(Tensor a, double b) => Operators.MultiplyScalar.Call(a, Number(b));
    /// <summary>Product.</summary>
    public static Tensor operator *(double a, Tensor b) => Operators.MultiplyScalar.Call(b, Number(a));
    /// <summary>Quotient; of integers a floating point number.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Operators.Divide.Call(a, b);
    /// <summary>Quotient; of integers a floating point number.</summary>
    public static Tensor operator /(Tensor a, double b) => Operators.DivideScalar.Call(a, b);
    /// <summary>Quotient.</summary>
    public static Tensor operator /(double a, Tensor b) => Operators.MultiplyScalar.Call(Operators.Reciprocal.Call(b), a);

    /// <summary>Quotient rounded down to a whole number, in the type of the operands.</summary>
    public Tensor FloorDivide(double divisor) => Operators.DivideScalarMode.Call(this, Number(divisor), "floor");
    /// <summary>Remainder with the divisor's sign.</summary>
    public Tensor Remainder(double divisor) => Operators.Remainder.Call(this, Number(divisor));
    /// <summary>Absolute value.</summary>
    public Tensor Abs() => Operators.Absolute.Call(this);
    /// <summary>e to the power of each element.</summary>
    public Tensor Exp() => Operators.Exp.Call(this);
    /// <summary>exp(x) - 1, exact for small x too.</summary>
    public Tensor ExpMinusOne() => Operators.ExpMinusOne.Call(this);
    /// <summary>Natural logarithm.</summary>
    public Tensor Log() => Operators.Log.Call(this);
    /// <summary>Logarithm to base 2.</summary>
    public Tensor Log2() => Operators.Log2.Call(this);
    /// <summary>Square root.</summary>
    public Tensor Sqrt() => Operators.Sqrt.Call(this);
    /// <summary>Each element to a power.</summary>
    public Tensor Pow(double exponent) => Operators.Power.Call(this, exponent);
    /// <summary>Largest whole number not above.</summary>
    public Tensor Floor() => Operators.Floor.Call(this);
    /// <summary>Smallest whole number not below.</summary>
    public Tensor Ceiling() => Operators.Ceiling.Call(this);
    /// <summary>Nearest whole number, halves to even.</summary>
    public Tensor Round() => Operators.Round.Call(this);
    /// <summary>1 / (1 + exp(-x)).</summary>
    public Tensor Sigmoid() => Operators.Sigmoid.Call(this);
    /// <summary>log(sigmoid(x)), exact for large negative x too.</summary>
    public Tensor LogSigmoid() => Operators.LogSigmoid.Call(this);
    /// <summary>Hyperbolic tangent.</summary>
    public Tensor Tanh() => Operators.Tanh.Call(this);
    /// <summary>max(x, 0).</summary>
    public Tensor Relu() => Operators.Relu.Call(this);
    /// <summary>Elements limited to a range; null leaves that side open. Whole limits leave integers integers.</summary>
    public Tensor Clamp(double? min = null, double? max = null) =>
        Operators.Clamp.Call(this, min is { } low ? Number(low) : Argument.None, max is { } high ? Number(high) : Argument.None);
    /// <summary>The smaller of two.</summary>
    public Tensor Minimum(Tensor other) => Operators.Minimum.Call(this, other);
    /// <summary>The larger of two.</summary>
    public Tensor Maximum(Tensor other) => Operators.Maximum.Call(this, other);

    /// <summary>Adds in place, times <paramref name="scale"/>.</summary>
    public Tensor AddInPlace(Tensor other, double scale = 1) { Operators.AddInPlace.Do(this, other, scale); return this; }
    /// <summary>Adds a number in place.</summary>
    public Tensor AddInPlace(double value) { Operators.AddScalarInPlace.Do(this, Number(value)); return this; }
    /// <summary>Subtracts in place.</summary>
    public Tensor SubtractInPlace(Tensor other) { Operators.SubtractInPlace.Do(this, other); return this; }
    /// <summary>Multiplies in place.</summary>
    public Tensor MultiplyInPlace(Tensor other) { Operators.MultiplyInPlace.Do(this, other); return this; }
    /// <summary>Multiplies by a number in place.</summary>
    public Tensor MultiplyInPlace(double value) { Operators.MultiplyScalarInPlace.Do(this, Number(value)); return this; }
    /// <summary>Divides in place.</summary>
    public Tensor DivideInPlace(Tensor other) { Operators.DivideInPlace.Do(this, other); return this; }
    /// <summary>max(x, 0) in place.</summary>
    public Tensor ReluInPlace() { Operators.ReluInPlace.Do(this); return this; }
    /// <summary>Sets every element to zero.</summary>
    public Tensor ZeroInPlace() { Operators.ZeroInPlace.Do(this); return this; }
    /// <summary>Sets every element to one value.</summary>
    public Tensor FillInPlace(double value) { Operators.FillInPlace.Do(this, value); return this; }
    /// <summary>Takes over the other's values, converted and broadcast.</summary>
    public Tensor CopyInPlace(Tensor source) { Operators.CopyInPlace.Do(this, source); return this; }
    /// <summary>Draws every element from the uniform distribution in [from, to).</summary>
    public Tensor UniformInPlace(double from, double to, Generator? generator = null)
    {
        Operators.UniformInPlace.Do(this, from, to, generator);
        return this;
    }
    /// <summary>Draws every element from a normal distribution.</summary>
    public Tensor NormalInPlace(double mean, double standardDeviation, Generator? generator = null)
    {
        Operators.NormalInPlace.Do(this, mean, standardDeviation, generator);
        return this;
    }

    // Whole numbers go over as integers, so that integer tensors stay integer.
    private static Argument Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 9e15 ? (Argument)(long)value : value;
}
