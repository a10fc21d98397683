using System.Buffers;
using System.Runtime.InteropServices;
using Fovea.Ops.Kernels;

namespace Fovea.Segmentation.Crf;

/// <summary>Signals of several channels over points: 16 channels of a point side by side, in one line of the processor's cache, for all
/// points; then the next 16 channels. What is missing to a multiple of 16 is zero.</summary>
/// <remarks>Rented memory. Letters: P points (pixels, or vertices of a lattice), C channels, B = C / 16 blocks, rounded up.</remarks>
internal sealed unsafe class LaneBuffer : IDisposable
{
    private const int LineBytes = 64, TilePoints = 1024;

    private readonly float[] _memory;
    private GCHandle _pin;

    /// <summary>Rents B x P x 16 floats of any content.</summary>
    /// <exception cref="ArgumentException">More than an array can hold.</exception>
    public LaneBuffer(int blocks, int points)
    {
        long count = (long)blocks * points * Lanes.Count + LineBytes / sizeof(float);
        if (count > Array.MaxLength)
            throw new ArgumentException($"{blocks * Lanes.Count} channels of {points} points are more than fit in memory at once; cut " +
                "the picture into tiles.");
        (Blocks, Points) = (blocks, points);
        _memory = ArrayPool<float>.Shared.Rent((int)count);
        _pin = GCHandle.Alloc(_memory, GCHandleType.Pinned);
        Start = (float*)(((nint)_pin.AddrOfPinnedObject() + LineBytes - 1) & -LineBytes);
    }

    /// <summary>B.</summary>
    public int Blocks { get; }

    /// <summary>P.</summary>
    public int Points { get; }

    /// <summary>The first number, at the start of a cache line.</summary>
    public float* Start { get; }

    /// <summary>Number of blocks that hold so many channels.</summary>
    public static int BlocksFor(int channels) => (channels + Lanes.Count - 1) / Lanes.Count;

    /// <summary>The 16 channels of the first point of a block: P x 16 floats.</summary>
    public float* Block(int block) => Start + (nint)block * Points * Lanes.Count;

    /// <summary>Copies planes in.</summary>
    /// <param name="planes">C x P floats.</param>
    /// <param name="channels">C.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    public void LoadPlanes(float* planes, int channels, int threads) => ForTiles(threads, (block, point, count) =>
    {
        float* lanes = Block(block) + (nint)point * Lanes.Count;
        int first = block * Lanes.Count, used = Math.Min(Lanes.Count, channels - first);
        if (used < Lanes.Count) new Span<float>(lanes, count * Lanes.Count).Clear();
        TileTranspose.Run(planes + (nint)first * Points + point, Points, used, count, lanes, Lanes.Count);
    });

    /// <summary>Copies planes out: C x P floats, overwritten.</summary>
    public void StorePlanes(float* planes, int channels, int threads) => ForTiles(threads, (block, point, count) =>
    {
        int first = block * Lanes.Count, used = Math.Min(Lanes.Count, channels - first);
        float* lanes = Block(block) + (nint)point * Lanes.Count;
        TileTranspose.Run(lanes, Lanes.Count, count, used, planes + (nint)first * Points + point, Points);
    });

    /// <summary>Copies points in whose channels lie side by side: P x C floats.</summary>
    public void LoadRows(ReadOnlySpan<float> rows, int channels)
    {
        new Span<float>(Start, Blocks * Points * Lanes.Count).Clear();
        for (int point = 0; point < Points; point++)
            for (int c = 0; c < channels; c++)
                Block(c / Lanes.Count)[(nint)point * Lanes.Count + c % Lanes.Count] = rows[point * channels + c];
    }

    /// <summary>Copies points out with their channels side by side: P x C floats, overwritten.</summary>
    public void StoreRows(Span<float> rows, int channels)
    {
        for (int point = 0; point < Points; point++)
            for (int c = 0; c < channels; c++)
                rows[point * channels + c] = Block(c / Lanes.Count)[(nint)point * Lanes.Count + c % Lanes.Count];
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (!_pin.IsAllocated) return;
        _pin.Free();
        ArrayPool<float>.Shared.Return(_memory);
    }

    private void ForTiles(int threads, Action<int, int, int> body)
    {
        int tiles = (Points + TilePoints - 1) / TilePoints;
        ParallelItems.Run(Blocks * tiles, threads, (item, _) =>
        {
            int point = item % tiles * TilePoints;
            body(item / tiles, point, Math.Min(TilePoints, Points - point));
        });
    }
}
