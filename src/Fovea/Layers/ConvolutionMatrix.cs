using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>A convolution of one channel as the matrix that it is: M x is the convolution of x, and M^T y the transposed convolution of
/// y.</summary>
/// <remarks>For learning and for tests: the matrix of a picture is as large as the picture squared. Kernels are not flipped
/// (cross-correlation), as everywhere in this field. Dumoulin and Visin: "A Guide to Convolution Arithmetic for Deep Learning" (2016),
/// section 4.1.</remarks>
public static class ConvolutionMatrix
{
    /// <summary>In one dimension: kernel x y z and stride 1 give rows x y z 0 ..., 0 x y z ..., and so on.</summary>
    /// <param name="kernel">K, float32, on the CPU.</param>
    /// <param name="length">Length of the input.</param>
    /// <param name="stride">Step of the window: columns from one row to the next.</param>
    /// <param name="padding">Zeros on either side of the input; they have no column.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <returns>Output length x input length.</returns>
    /// <exception cref="ArgumentException">The kernel is not one-dimensional, or does not fit into the input.</exception>
    public static Tensor OneDimensional(Tensor kernel, long length, long stride = 1, long padding = 0, long dilation = 1)
    {
        Expect(kernel, 1);
        return TwoDimensional(kernel.Unsqueeze(0), 1, length, stride, padding, dilation, isLine: true);
    }

    /// <summary>In two dimensions, maps row by row as vectors.</summary>
    /// <param name="kernel">kH x kW, float32, on the CPU.</param>
    /// <param name="height">Height of the input.</param>
    /// <param name="width">Width of the input.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros on every side of the input; they have no column.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <returns>Output height * width x input height * width.</returns>
    /// <exception cref="ArgumentException">The kernel is not two-dimensional, or does not fit into the input.</exception>
    public static Tensor TwoDimensional(Tensor kernel, long height, long width, long stride = 1, long padding = 0, long dilation = 1)
    {
        Expect(kernel, 2);
        return TwoDimensional(kernel, height, width, stride, padding, dilation, isLine: false);
    }

    private static Tensor TwoDimensional(Tensor kernel, long height, long width, long stride, long padding, long dilation, bool isLine)
    {
        (long kernelHeight, long kernelWidth) = (kernel.Size(0), kernel.Size(1));
        long paddingAbove = isLine ? 0 : padding;
        long rows = isLine ? 1 : OutputSize.Convolution(height, kernelHeight, stride, padding, dilation);
        long columns = OutputSize.Convolution(width, kernelWidth, stride, padding, dilation);
        float[] taps = kernel.ToArray<float>();
        var matrix = new float[rows * columns * height * width];
        for (long row = 0; row < rows; row++)
            for (long column = 0; column < columns; column++)
                for (long i = 0; i < taps.Length; i++)
                {
                    long y = row * stride - paddingAbove + i / kernelWidth * dilation;
                    long x = column * stride - padding + i % kernelWidth * dilation;
                    if (y < 0 || y >= height || x < 0 || x >= width) continue;          // a zero of the padding
                    matrix[(row * columns + column) * height * width + y * width + x] = taps[i];
                }
        return Tensor.From<float>(matrix, [rows * columns, height * width]);
    }

    private static void Expect(Tensor kernel, int dimensions)
    {
        if (kernel.Dim != dimensions || kernel.Numel == 0)
            throw new ArgumentException($"A kernel of {dimensions} {(dimensions == 1 ? "dimension" : "dimensions")} was expected, but " +
                $"{kernel.Describe()} arrived.", nameof(kernel));
    }
}
