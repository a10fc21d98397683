namespace Fovea.Layers;

/// <summary>How long a side of a map is after an operator. All lengths are whole numbers of pixels, for one direction at a time.</summary>
/// <remarks>Dumoulin and Visin: "A Guide to Convolution Arithmetic for Deep Learning" (2016), relations 6, 14 and 15.</remarks>
public static class OutputSize
{
    /// <summary>After a convolution: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down.</summary>
    /// <param name="size">Length of the input's side.</param>
    /// <param name="kernel">Taps of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros on either side.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or the padded side is shorter than the window.</exception>
    public static long Convolution(long size, long kernel, long stride = 1, long padding = 0, long dilation = 1)
    {
        long room = Room(size, kernel, stride, padding, dilation);
        return room / stride + 1;
    }

    /// <summary>After a transposed convolution: (size - 1) stride - 2 padding + dilation (kernel - 1) + 1 + outputPadding, the side that
    /// the convolution would make this size of.</summary>
    /// <param name="size">Length of the input's side.</param>
    /// <param name="kernel">Taps of the window.</param>
    /// <param name="stride">Step of the convolution that it turns round.</param>
    /// <param name="padding">That convolution's padding: what is cut off at either end.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <param name="outputPadding">Which of the sides that the convolution rounds to this size: 0 for the shortest, below the
    /// stride.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or nothing would be left.</exception>
    public static long TransposedConvolution(long size, long kernel, long stride = 1, long padding = 0, long dilation = 1,
        long outputPadding = 0)
    {
        Check(size, kernel, stride, padding, dilation);
        if (outputPadding < 0 || outputPadding >= Math.Max(stride, dilation))
            throw new ArgumentOutOfRangeException(nameof(outputPadding), outputPadding,
                $"The output padding must lie between 0 and {Math.Max(stride, dilation) - 1}, below the stride or the dilation.");
        long result = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + outputPadding;
        return result > 0 ? result : throw new ArgumentException(
            $"A transposed convolution of {size} with kernel {kernel}, stride {stride} and padding {padding} leaves nothing: {result}.",
            nameof(size));
    }

    /// <summary>After pooling: as after a convolution; in ceil mode rounded up, but every window begins within the side or the padding
    /// before it.</summary>
    /// <param name="size">Length of the input's side.</param>
    /// <param name="kernel">Taps of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Border on either side, at most half the window.</param>
    /// <param name="ceilMode">Whether a last window that reaches beyond the border counts.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or the padded side is shorter than the window.</exception>
    public static long Pooling(long size, long kernel, long stride, long padding = 0, bool ceilMode = false, long dilation = 1)
    {
        if (2 * padding > kernel)
            throw new ArgumentOutOfRangeException(nameof(padding), padding,
                $"Padding in pooling must be at most half the window of {kernel}.");
        long room = Room(size, kernel, stride, padding, dilation);
        if (!ceilMode) return room / stride + 1;
        long result = (room + stride - 1) / stride + 1;
        return (result - 1) * stride >= size + padding ? result - 1 : result;
    }

    /// <summary>How far the window can move.</summary>
    private static long Room(long size, long kernel, long stride, long padding, long dilation)
    {
        Check(size, kernel, stride, padding, dilation);
        long extent = dilation * (kernel - 1) + 1, room = size + 2 * padding - extent;
        return room >= 0 ? room
            : throw new ArgumentException($"A window that spans {extent} does not fit into {size} with padding {padding} on " +
            $"either side: at least {extent - 2 * padding} was expected.", nameof(size));
    }

    private static void Check(long size, long kernel, long stride, long padding, long dilation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernel);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stride);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dilation);
    }
}
