namespace Fovea.Ops.Kernels;

/// <summary>Samples one region in a block of 16 channels, and spreads a gradient back over it.</summary>
/// <remarks>Because the grid is separable, each row that the region touches is first gathered into its PW columns of bins, and that
/// short row is then added to the bins above and below: rows x columns taps in place of rows x columns per bin.</remarks>
internal readonly unsafe struct RoiAlignBlock
{
    private readonly RoiSamples _samples;
    private readonly RoiShape _shape;
    private readonly float[] _bins, _row;

    /// <summary>Makes the small scratch memory for one thread.</summary>
    public RoiAlignBlock(RoiSamples samples, in RoiShape shape)
    {
        (_samples, _shape) = (samples, shape);
        _bins = GC.AllocateUninitializedArray<float>(shape.Bins * Lanes.Count);
        _row = GC.AllocateUninitializedArray<float>(shape.PooledWidth * Lanes.Count);
    }

    /// <summary>Pools region r: pixels (H x W x 16) -> output (channels x PH x PW).</summary>
    public void Pool(float* pixels, int r, float* output, int channels)
    {
        int across = _shape.PooledWidth, rowFloats = across * Lanes.Count;
        Array.Clear(_bins);
        fixed (float* bins = _bins, gathered = _row, weights = _samples.ColumnWeights, rowWeights = _samples.RowWeights)
        fixed (int* columns = _samples.Columns, columnEnds = _samples.ColumnEnds, rows = _samples.Rows, rowBins = _samples.RowBins,
            rowBinEnds = _samples.RowBinEnds)
        {
            for (int k = _samples.RegionRows[r], end = _samples.RegionRows[r + 1]; k < end; k++)
            {
                float* row = pixels + (nint)rows[k] * _shape.Width * Lanes.Count;
                Lanes.Gather(row, columns, weights, columnEnds + (nint)r * across, across, gathered);
                for (int t = rowBinEnds[k]; t < rowBinEnds[k + 1]; t++)
                    Lanes.MultiplyAdd(bins + rowBins[t] * rowFloats, gathered, rowWeights[t], rowFloats);
            }
            TileTranspose.Run(bins, Lanes.Count, _shape.Bins, channels, output, _shape.Bins);
        }
    }

    /// <summary>Spreads the gradient of region r: gradient (channels x PH x PW) -> pixels (H x W x 16), added to.</summary>
    public void Spread(float* gradient, int r, float* pixels, int channels)
    {
        int across = _shape.PooledWidth, rowFloats = across * Lanes.Count;
        if (channels < Lanes.Count) Array.Clear(_bins);
        fixed (float* bins = _bins, sums = _row, weights = _samples.ColumnWeights, rowWeights = _samples.RowWeights)
        fixed (int* columns = _samples.Columns, columnEnds = _samples.ColumnEnds, rows = _samples.Rows, rowBins = _samples.RowBins,
            rowBinEnds = _samples.RowBinEnds)
        {
            TileTranspose.Run(gradient, _shape.Bins, channels, _shape.Bins, bins, Lanes.Count);
            for (int k = _samples.RegionRows[r], end = _samples.RegionRows[r + 1]; k < end; k++)
            {
                Array.Clear(_row);
                for (int t = rowBinEnds[k]; t < rowBinEnds[k + 1]; t++)
                    Lanes.MultiplyAdd(sums, bins + rowBins[t] * rowFloats, rowWeights[t], rowFloats);
                float* row = pixels + (nint)rows[k] * _shape.Width * Lanes.Count;
                Lanes.Scatter(row, columns, weights, columnEnds + (nint)r * across, across, sums);
            }
        }
    }
}
