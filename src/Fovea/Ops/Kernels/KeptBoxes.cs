using System.Runtime.Intrinsics;

namespace Fovea.Ops.Kernels;

/// <summary>The boxes that greedy suppression has kept so far, side by side in memory, so that a candidate meets sixteen of them at once.</summary>
internal sealed class KeptBoxes
{
    private const int Lane = 16;
    private float[] _x1 = [], _y1 = [], _x2 = [], _y2 = [], _areas = [];
    private int _count;

    /// <summary>Keeps the box unless it overlaps a kept one too much.</summary>
    /// <param name="box">x1, y1, x2, y2.</param>
    /// <param name="threshold">Largest allowed intersection over union.</param>
    /// <returns>True if the box was kept.</returns>
    public bool TryAdd(ReadOnlySpan<float> box, float threshold)
    {
        float area = (box[2] - box[0]) * (box[3] - box[1]);
        if (Vector512.IsHardwareAccelerated ? Overlaps512(box, area, threshold) : Overlaps256(box, area, threshold)) return false;
        if (_count == _areas.Length) Grow();
        (_x1[_count], _y1[_count], _x2[_count], _y2[_count], _areas[_count]) = (box[0], box[1], box[2], box[3], area);
        _count++;
        return true;
    }

    // A place without a box has an area that is not a number, so that its overlap is none either and exceeds no threshold.
    private void Grow()
    {
        int size = Math.Max(64, 2 * _count);
        Array.Resize(ref _x1, size);
        Array.Resize(ref _y1, size);
        Array.Resize(ref _x2, size);
        Array.Resize(ref _y2, size);
        Array.Resize(ref _areas, size);
        _areas.AsSpan(_count).Fill(float.NaN);
    }

    // Maximum and minimum are written as comparisons in torchvision's order of operands, so that boxes with NaN edges end alike.
    private bool Overlaps512(ReadOnlySpan<float> box, float area, float threshold)
    {
        Vector512<float> x1 = Vector512.Create(box[0]), y1 = Vector512.Create(box[1]), x2 = Vector512.Create(box[2]), y2 = Vector512.Create(box[3]);
        Vector512<float> limit = Vector512.Create(threshold), own = Vector512.Create(area), zero = Vector512<float>.Zero;
        for (int k = 0; k < _count; k += Lane)
        {
            Vector512<float> left = Vector512.LoadUnsafe(ref _x1[k]), top = Vector512.LoadUnsafe(ref _y1[k]);
            Vector512<float> right = Vector512.LoadUnsafe(ref _x2[k]), bottom = Vector512.LoadUnsafe(ref _y2[k]);
            left = Vector512.ConditionalSelect(Vector512.LessThan(left, x1), x1, left);
            top = Vector512.ConditionalSelect(Vector512.LessThan(top, y1), y1, top);
            right = Vector512.ConditionalSelect(Vector512.LessThan(x2, right), x2, right);
            bottom = Vector512.ConditionalSelect(Vector512.LessThan(y2, bottom), y2, bottom);
            Vector512<float> width = right - left, height = bottom - top;
            width = Vector512.ConditionalSelect(Vector512.LessThan(zero, width), width, zero);
            height = Vector512.ConditionalSelect(Vector512.LessThan(zero, height), height, zero);
            Vector512<float> shared = width * height, overlap = shared / (Vector512.LoadUnsafe(ref _areas[k]) + own - shared);
            if (Vector512.GreaterThanAny(overlap, limit)) return true;
        }
        return false;
    }

    private bool Overlaps256(ReadOnlySpan<float> box, float area, float threshold)
    {
        Vector256<float> x1 = Vector256.Create(box[0]), y1 = Vector256.Create(box[1]), x2 = Vector256.Create(box[2]), y2 = Vector256.Create(box[3]);
        Vector256<float> limit = Vector256.Create(threshold), own = Vector256.Create(area), zero = Vector256<float>.Zero;
        for (int k = 0; k < _count; k += Lane / 2)
        {
            Vector256<float> left = Vector256.LoadUnsafe(ref _x1[k]), top = Vector256.LoadUnsafe(ref _y1[k]);
            Vector256<float> right = Vector256.LoadUnsafe(ref _x2[k]), bottom = Vector256.LoadUnsafe(ref _y2[k]);
            left = Vector256.ConditionalSelect(Vector256.LessThan(left, x1), x1, left);
            top = Vector256.ConditionalSelect(Vector256.LessThan(top, y1), y1, top);
            right = Vector256.ConditionalSelect(Vector256.LessThan(x2, right), x2, right);
            bottom = Vector256.ConditionalSelect(Vector256.LessThan(y2, bottom), y2, bottom);
            Vector256<float> width = right - left, height = bottom - top;
            width = Vector256.ConditionalSelect(Vector256.LessThan(zero, width), width, zero);
            height = Vector256.ConditionalSelect(Vector256.LessThan(zero, height), height, zero);
            Vector256<float> shared = width * height, overlap = shared / (Vector256.LoadUnsafe(ref _areas[k]) + own - shared);
            if (Vector256.GreaterThanAny(overlap, limit)) return true;
        }
        return false;
    }
}
