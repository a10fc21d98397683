using System.Runtime.InteropServices;
using Fovea.Imaging;
using Fovea.Torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Fovea.Inference;

/// <summary>The probabilities under one row of tiles. When a row of tiles is done, what no later one covers is decided, and the rest moves up to
/// make room for the next.</summary>
internal sealed class TileBand(TilePlan plan, int classes, ImageSize picture, byte[] labels, byte[] confidence)
{
    private readonly int _width = plan.Size.Width;
    private float[] _sums = [];              // K planes of Height rows
    private int _first, _rows, _decided;

    /// <summary>Makes room for a row of tiles.</summary>
    public void Begin(TileStretch row)
    {
        if (plan.IsWhole) return;
        // One row above may still be needed to interpolate the picture's next row.
        int keepFrom = Math.Max(_first, Math.Min(row.Start, LabelDecision.Needed(plan.Size.Height, picture.Height, Math.Min(_decided, picture.Height - 1)).Upper));
        int kept = Math.Max(0, _first + _rows - keepFrom), rows = row.End - keepFrom;
        if ((long)classes * rows * _width > Array.MaxLength)
            throw new InvalidOperationException($"Tiles of {row.Length} rows over a picture {_width} pixels wide, with {classes} classes, need " +
                $"{(long)classes * rows * _width >> 28} GiB at once: take smaller tiles, or a smaller picture.");
        var next = new float[classes * rows * _width];
        for (int k = 0; k < classes; k++)
            _sums.AsSpan((k * _rows + _rows - kept) * _width, kept * _width).CopyTo(next.AsSpan(k * rows * _width));
        (_sums, _first, _rows) = (next, keepFrom, rows);
    }

    /// <summary>Adds a tile's probabilities, K x H x W, each times its pixel's weight.</summary>
    public void Add(TileStretch row, TileStretch column, Tensor probabilities)
    {
        if (plan.IsWhole)
        {
            Decide(probabilities.Span<float>(), 0, plan.Size.Height, 0, picture.Height);
            return;
        }
        Parallel.For(0, classes, k =>
        {
            var weighted = new float[column.Length];
            ReadOnlySpan<float> plane = probabilities.Span<float>().Slice(k * row.Length * column.Length, row.Length * column.Length);
            for (int y = 0; y < row.Length; y++)
            {
                TensorPrimitives.Multiply(plane.Slice(y * column.Length, column.Length), column.Weights, weighted);
                Span<float> sum = _sums.AsSpan(((k * _rows) + row.Start + y - _first) * _width + column.Start, column.Length);
                TensorPrimitives.MultiplyAdd(weighted, row.Weights[y], sum, sum);
            }
        });
    }

    /// <summary>Decides the picture's rows that are complete.</summary>
    public void End(TileStretch row)
    {
        if (plan.IsWhole) return;
        TileStretch? next = plan.Rows.SkipWhile(r => r.Start <= row.Start).FirstOrDefault();
        int complete = next?.Start ?? plan.Size.Height, to = _decided;
        while (to < picture.Height && LabelDecision.Needed(plan.Size.Height, picture.Height, to).Lower < complete) to++;
        Decide(_sums, _first, _rows, _decided, to);
        _decided = to;
    }

    private unsafe void Decide(ReadOnlySpan<float> planes, int first, int rows, int from, int to)
    {
        fixed (float* values = &MemoryMarshal.GetReference(planes))
            LabelDecision.Decide(values, (long)rows * _width, classes, first, rows, _width, plan.Size.Height, picture, from, to, labels, confidence);
    }
}
