using System.Buffers;

namespace Fovea.Ops.Kernels;

/// <summary>Sixteen channels of one image, pixel by pixel with the channels side by side: scratch memory that stays in the cache
/// while all regions of the image are sampled. Only tiles of 16 pixels that some region touches are copied.</summary>
internal sealed unsafe class ChannelBlock : IDisposable
{
    /// <summary>Pixels of a tile, all in one row.</summary>
    public const int TilePixels = 16;

    private readonly int _height, _width;
    private readonly float[] _pixels;

    /// <summary>Rents the memory for an image of this size.</summary>
    public ChannelBlock(int height, int width)
    {
        (_height, _width) = (height, width);
        _pixels = ArrayPool<float>.Shared.Rent(checked(height * width * Lanes.Count));
    }

    /// <summary>Height x width x 16 floats. Pin it while in use.</summary>
    public float[] Pixels => _pixels;

    /// <summary>Tiles in a row of an image of this width.</summary>
    public static int TilesAcross(int width) => (width + TilePixels - 1) / TilePixels;

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => ArrayPool<float>.Shared.Return(_pixels);

    /// <summary>Copies the touched tiles of some channels in: planes -> pixels. Missing channels become zero.</summary>
    /// <param name="planes">First of the channels, each Height x Width floats.</param>
    /// <param name="channels">Number of channels, at most 16.</param>
    /// <param name="touched">Height x <see cref="TilesAcross"/> flags.</param>
    /// <param name="pixels"><see cref="Pixels"/>, pinned.</param>
    public void Load(float* planes, int channels, bool[] touched, float* pixels)
    {
        nint plane = (nint)_height * _width;
        for (int y = 0, tile = 0; y < _height; y++)
            for (int x = 0; x < _width; x += TilePixels, tile++)
            {
                if (!touched[tile]) continue;
                nint at = (nint)y * _width + x;
                int count = Math.Min(TilePixels, _width - x);
                if (channels < Lanes.Count) new Span<float>(pixels + at * Lanes.Count, count * Lanes.Count).Clear();
                TileTranspose.Run(planes + at, plane, channels, count, pixels + at * Lanes.Count, Lanes.Count);
            }
    }

    /// <summary>Sets the touched tiles to zero.</summary>
    public void Clear(bool[] touched, float* pixels)
    {
        for (int y = 0, tile = 0; y < _height; y++)
            for (int x = 0; x < _width; x += TilePixels, tile++)
                if (touched[tile])
                    new Span<float>(pixels + ((nint)y * _width + x) * Lanes.Count, Math.Min(TilePixels, _width - x) * Lanes.Count).Clear();
    }

    /// <summary>Copies all tiles out: pixels -> planes. Tiles that nothing touched become zero.</summary>
    public void Store(float* planes, int channels, bool[] touched, float* pixels)
    {
        nint plane = (nint)_height * _width;
        for (int y = 0, tile = 0; y < _height; y++)
            for (int x = 0; x < _width; x += TilePixels, tile++)
            {
                nint at = (nint)y * _width + x;
                int count = Math.Min(TilePixels, _width - x);
                if (touched[tile])
                    TileTranspose.Run(pixels + at * Lanes.Count, Lanes.Count, count, channels, planes + at, plane);
                else
                    for (int c = 0; c < channels; c++) new Span<float>(planes + c * plane + at, count).Clear();
            }
    }

    /// <summary>True where the sampling points of these regions touch a tile.</summary>
    public static bool[] TouchedTiles(RoiSamples samples, in RoiShape shape, ReadOnlySpan<int> regions)
    {
        int across = TilesAcross(shape.Width);
        bool[] touched = new bool[shape.Height * across], inRow = new bool[across];
        foreach (int r in regions)
        {
            ReadOnlySpan<int> ends = samples.ColumnEnds.AsSpan(r * shape.PooledWidth, shape.PooledWidth + 1);
            Array.Clear(inRow);
            foreach (int column in samples.Columns.AsSpan(ends[0]..ends[^1])) inRow[column / TilePixels] = true;
            foreach (int row in samples.Rows.AsSpan(samples.RegionRows[r]..samples.RegionRows[r + 1]))
                for (int tile = 0; tile < across; tile++) touched[row * across + tile] |= inRow[tile];
        }
        return touched;
    }
}
