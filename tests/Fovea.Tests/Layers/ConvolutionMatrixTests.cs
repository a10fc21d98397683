using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

/// <summary>The examples of every lecture on the matter, and the operators.</summary>
public class ConvolutionMatrixTests
{
    private const float X = 2, Y = 3, Z = 5;

    private static readonly Operator TransposedConvolution = new("aten::conv_transpose2d.input");

    [Fact]
    public void OneDimensionWithStrideOne()
    {
        using var scope = new TensorScope();
        Tensor matrix = ConvolutionMatrix.OneDimensional(Tensor.From<float>([X, Y, Z], [3]), 6);       // of an input that is padded already
        Assert.Equal(
        [
            X, Y, Z, 0, 0, 0,
            0, X, Y, Z, 0, 0,
            0, 0, X, Y, Z, 0,
            0, 0, 0, X, Y, Z,
        ], matrix.ToArray<float>());
        (float a, float b, float c, float d) = (7, 11, 13, 17);
        Assert.Equal([a * Y + b * Z, a * X + b * Y + c * Z, b * X + c * Y + d * Z, c * X + d * Y],
            matrix.MatMul(Tensor.From<float>([0, a, b, c, d, 0], [6])).ToArray<float>());
        Assert.Equal([a * X, a * Y + b * X, a * Z + b * Y + c * X, b * Z + c * Y + d * X, c * Z + d * Y, d * Z],
            matrix.Transpose(0, 1).MatMul(Tensor.From<float>([a, b, c, d], [4])).ToArray<float>());
        // The padding's zeros need no column.
        Assert.True(matrix[.., 1..5].ElementsEqual(ConvolutionMatrix.OneDimensional(Tensor.From<float>([X, Y, Z], [3]), 4, padding: 1)));
    }

    [Fact]
    public void OneDimensionWithStrideTwo()
    {
        using var scope = new TensorScope();
        Tensor matrix = ConvolutionMatrix.OneDimensional(Tensor.From<float>([X, Y, Z], [3]), 6, stride: 2);
        Assert.Equal(
        [
            X, Y, Z, 0, 0, 0,
            0, 0, X, Y, Z, 0,
        ], matrix.ToArray<float>());
        (float a, float b, float c, float d) = (7, 11, 13, 17);
        Assert.Equal([a * Y + b * Z, b * X + c * Y + d * Z], matrix.MatMul(Tensor.From<float>([0, a, b, c, d, 0], [6])).ToArray<float>());
        Assert.Equal([a * X, a * Y, a * Z + b * X, b * Y, b * Z, 0],
            matrix.Transpose(0, 1).MatMul(Tensor.From<float>([a, b], [2])).ToArray<float>());
    }

    [Theory]
    [InlineData(3, 3, 5, 7, 1, 1, 1)]
    [InlineData(3, 2, 5, 6, 2, 1, 1)]
    [InlineData(2, 3, 8, 9, 3, 0, 1)]
    [InlineData(3, 3, 9, 7, 2, 2, 2)]
    public void TwoDimensionsAreTheOperators(int kernelHeight, int kernelWidth, int height, int width, int stride, int padding,
        int dilation)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        Tensor kernel = Tensor.Randn([kernelHeight, kernelWidth], generator), map = Tensor.Randn([1, 1, height, width], generator);
        Tensor matrix = ConvolutionMatrix.TwoDimensional(kernel, height, width, stride, padding, dilation);
        Tensor weight = kernel.View(1, 1, kernelHeight, kernelWidth);
        long[] strides = [stride, stride], paddings = [padding, padding], dilations = [dilation, dilation];

        Tensor convolved = Functional.Conv2d(map, weight, null, strides, paddings, dilations);
        Assert.True(matrix.MatMul(map.Flatten()).AllClose(convolved.Flatten(), 1e-4, 1e-5));

        Tensor small = Tensor.Randn(convolved.Shape, generator);
        long[] rest =
        [
            height - OutputSize.TransposedConvolution(convolved.Size(2), kernelHeight, stride, padding, dilation),
            width - OutputSize.TransposedConvolution(convolved.Size(3), kernelWidth, stride, padding, dilation),
        ];
        Tensor back = TransposedConvolution.Call(small, weight, Argument.None, strides, paddings, rest, 1L, dilations);
        Assert.Equal(map.Shape, back.Shape);
        Assert.True(matrix.Transpose(0, 1).MatMul(small.Flatten()).AllClose(back.Flatten(), 1e-4, 1e-5));
    }

    [Fact]
    public void KernelsOfOtherShapesAreRefused()
    {
        using var scope = new TensorScope();
        Assert.Contains("[2, 2]", Assert.Throws<ArgumentException>(() => ConvolutionMatrix.OneDimensional(Tensor.Zeros([2, 2]), 6)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ConvolutionMatrix.TwoDimensional(Tensor.Zeros([3]), 6, 6));
        Assert.Throws<ArgumentException>(() => ConvolutionMatrix.OneDimensional(Tensor.Zeros([3]), 2));
    }
}
