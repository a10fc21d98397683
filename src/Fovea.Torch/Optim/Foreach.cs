namespace Fovea.Torch.Optim;

/// <summary>libtorch's operators on lists of tensors: one call for all parameters, and on CUDA a few kernels instead of
/// thousands.</summary>
internal static class Foreach
{
    private static readonly Operator AddOperator = new("aten::_foreach_add.List");
    private static readonly Operator AddListOperator = new("aten::_foreach_add_.List");
    private static readonly Operator AddScalarOperator = new("aten::_foreach_add_.Scalar");
    private static readonly Operator MultiplyOperator = new("aten::_foreach_mul_.Scalar");
    private static readonly Operator DivideOperator = new("aten::_foreach_div_.Scalar");
    private static readonly Operator AddProductsOperator = new("aten::_foreach_addcmul_.Scalar");
    private static readonly Operator AddQuotientsOperator = new("aten::_foreach_addcdiv_.Scalar");
    private static readonly Operator SqrtOperator = new("aten::_foreach_sqrt");

    /// <summary>a + scale b, as new tensors.</summary>
    public static Tensor[] Sum(Tensor[] a, Tensor[] b, double scale) => AddOperator.CallList(a, b, scale);

    /// <summary>a += scale b.</summary>
    public static void Add(Tensor[] a, Tensor[] b, double scale) => AddListOperator.Do(a, b, scale);

    /// <summary>a += number.</summary>
    public static void Add(Tensor[] a, double number) => AddScalarOperator.Do(a, number);

    /// <summary>a *= factor.</summary>
    public static void Multiply(Tensor[] a, double factor) => MultiplyOperator.Do(a, factor);

    /// <summary>a /= divisor.</summary>
    public static void Divide(Tensor[] a, double divisor) => DivideOperator.Do(a, divisor);

    /// <summary>a += scale b c.</summary>
    public static void AddProducts(Tensor[] a, Tensor[] b, Tensor[] c, double scale) => AddProductsOperator.Do(a, b, c, scale);

    /// <summary>a += scale b / c.</summary>
    public static void AddQuotients(Tensor[] a, Tensor[] b, Tensor[] c, double scale) => AddQuotientsOperator.Do(a, b, c, scale);

    /// <summary>Square roots, as new tensors.</summary>
    public static Tensor[] Sqrt(Tensor[] a) => SqrtOperator.CallList((Argument)a);
}
