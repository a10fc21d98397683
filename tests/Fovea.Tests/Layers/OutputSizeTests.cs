using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class OutputSizeTests
{
    private static readonly Operator TransposedConvolution = new("aten::conv_transpose2d.input"), MaxPool = new("aten::max_pool2d");

    // Worked by hand.
    [Fact]
    public void SizesAreThoseOfTheFormulas()
    {
        Assert.Equal(32, OutputSize.Convolution(32, 5, padding: 2));
        Assert.Equal(112, OutputSize.Convolution(224, 7, stride: 2, padding: 3));
        Assert.Equal(55, OutputSize.Convolution(227, 11, stride: 4));
        Assert.Equal(7, OutputSize.Convolution(15, 3, stride: 1, dilation: 4));
        Assert.Equal(5, OutputSize.TransposedConvolution(3, 3, stride: 2, padding: 1));
        Assert.Equal(6, OutputSize.TransposedConvolution(3, 3, stride: 2, padding: 1, outputPadding: 1));
        Assert.Equal(4, OutputSize.TransposedConvolution(2, 3));
        Assert.Equal(2, OutputSize.Pooling(5, 2, 2));
        Assert.Equal(3, OutputSize.Pooling(5, 2, 2, ceilMode: true));
        Assert.Equal(1, OutputSize.Pooling(1, 1, 2, ceilMode: true));     // a second window would begin beyond the side
    }

    /// <summary>A transposed convolution gives back the side that a convolution made shorter.</summary>
    [Fact]
    public void TransposedConvolutionIsTheWayBack()
    {
        for (long size = 9; size < 30; size++)
            for (long kernel = 1; kernel <= 4; kernel++)
                for (long stride = 1; stride <= 3; stride++)
                {
                    long small = OutputSize.Convolution(size, kernel, stride, padding: 1 < kernel ? 1 : 0);
                    long padding = 1 < kernel ? 1 : 0, rest = (size + 2 * padding - kernel) % stride;
                    Assert.Equal(size, OutputSize.TransposedConvolution(small, kernel, stride, padding, outputPadding: rest));
                }
    }

    [Fact]
    public void SizesAreThoseOfTheOperators()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        for (long size = 7; size <= 12; size++)
        {
            Tensor line = Tensor.Zeros([1, 1, 1, size]);
            for (long kernel = 1; kernel <= 4; kernel++)
                for (long stride = 1; stride <= 3; stride++)
                    for (long padding = 0; padding <= 2; padding++)
                        for (long dilation = 1; dilation <= 2; dilation++)
                        {
                            Tensor weight = Tensor.Zeros([1, 1, 1, kernel]);
                            Assert.Equal(Functional.Conv2d(line, weight, null, [1, stride], [0, padding], [1, dilation]).Size(3),
                                OutputSize.Convolution(size, kernel, stride, padding, dilation));
                            long outputPadding = stride - 1;
                            Assert.Equal(TransposedConvolution.Call(line, weight, Argument.None, (long[])[1, stride], (long[])[0, padding],
                                (long[])[0, outputPadding], 1L, (long[])[1, dilation]).Size(3),
                                OutputSize.TransposedConvolution(size, kernel, stride, padding, dilation, outputPadding));
                            if (2 * padding > kernel) continue;
                            foreach (bool ceil in (bool[])[false, true])
                                Assert.Equal(MaxPool.Call(line, (long[])[1, kernel], (long[])[1, stride], (long[])[0, padding],
                                    (long[])[1, dilation], ceil).Size(3),
                                    OutputSize.Pooling(size, kernel, stride, padding, ceil, dilation));
                        }
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Contains("at least 5", Assert.Throws<ArgumentException>(() => OutputSize.Convolution(4, 3, dilation: 2)).Message,
            StringComparison.Ordinal);
        Assert.Contains("half the window", Assert.Throws<ArgumentOutOfRangeException>(() => OutputSize.Pooling(9, 2, 2, padding: 2))
            .Message, StringComparison.Ordinal);
        Assert.Contains("leaves nothing", Assert.Throws<ArgumentException>(() => OutputSize.TransposedConvolution(1, 2, padding: 1))
            .Message, StringComparison.Ordinal);
        Assert.Contains("between 0 and 1", Assert.Throws<ArgumentOutOfRangeException>(() =>
            OutputSize.TransposedConvolution(3, 3, 2, outputPadding: 2)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => OutputSize.Convolution(4, 3, stride: 0));
    }
}
