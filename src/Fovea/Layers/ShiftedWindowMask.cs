using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>Which tokens of a cyclically shifted map are no neighbours, though they share a window (Liu et al. 2021, figure 4).</summary>
/// <param name="window">Side of a window, in tokens.</param>
internal sealed class ShiftedWindowMask(long window) : IDisposable
{
    // Nothing is left of it after softmax; -infinity would make NaN of a row that is all masked.
    private const float Unseen = -100;

    private (long Rows, long Columns, Device Device, Tensor Mask)? _made;

    /// <summary>What is added to the scores: windows x 1 x L x L, 0 or -100. Kept until a map of another size comes.</summary>
    /// <param name="rows">Windows from top to bottom.</param>
    /// <param name="columns">Windows from left to right.</param>
    /// <param name="down">How far windows are shifted down, in tokens; the same at every call, or 0 where there is one row.</param>
    /// <param name="right">How far they are shifted to the right; the same at every call, or 0 where there is one column.</param>
    /// <param name="device">Where it is wanted.</param>
    public Tensor For(long rows, long columns, long down, long right, Device device)
    {
        if (_made is { } made && made.Rows == rows && made.Columns == columns && made.Device == device) return made.Mask;
        Dispose();
        long length = window * window;
        long[] vertical = Regions(rows * window, down), horizontal = Regions(columns * window, right);
        var mask = new float[rows * columns * length * length];
        for (long place = 0, i = 0; place < rows * columns; place++)
            for (long from = 0; from < length; from++)
                for (long to = 0; to < length; to++, i++)
                    if (RegionOf(place, from) != RegionOf(place, to)) mask[i] = Unseen;
        Tensor tensor = Tensor.From<float>(mask, [rows * columns, 1, length, length]).To(device).Unscoped();
        _made = (rows, columns, device, tensor);
        return tensor;

        (long, long) RegionOf(long place, long token) =>
            (vertical[place / columns * window + token / window], horizontal[place % columns * window + token % window]);
    }

    /// <summary>Releases the mask.</summary>
    public void Dispose()
    {
        _made?.Mask.Dispose();
        _made = null;
    }

    /// <summary>After the shift a line ends with what was at its beginning: the last window holds two runs of neighbours.</summary>
    private long[] Regions(long length, long shift)
    {
        var regions = new long[length];
        for (long i = length - window; i < length; i++) regions[i] = shift == 0 ? 0 : i < length - shift ? 1 : 2;
        return regions;
    }
}
