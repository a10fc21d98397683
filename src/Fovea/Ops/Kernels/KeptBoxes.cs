using System.Numerics;

namespace Fovea.Ops.Kernels;

/// <summary>The boxes that greedy suppression has kept so far, side by side in memory, so that a candidate meets a vector of them
/// at once.</summary>
internal sealed class KeptBoxes
{
    private float[] _x1 = [], _y1 = [], _x2 = [], _y2 = [], _areas = [];
    private int _count;

    /// <summary>Keeps the box unless it overlaps a kept one too much.</summary>
    /// <param name="box">x1, y1, x2, y2.</param>
    /// <param name="threshold">Largest allowed intersection over union.</param>
    /// <returns>True if the box was kept.</returns>
    public bool TryAdd(ReadOnlySpan<float> box, float threshold)
    {
        float area = (box[2] - box[0]) * (box[3] - box[1]);
        if (IsCovered(box, area, threshold)) return false;
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

    // A box with an edge that is not a number has no area, and hence no overlap: it does not matter what maximum and minimum make of it.
    private bool IsCovered(ReadOnlySpan<float> box, float area, float threshold)
    {
        Vector<float> x1 = new(box[0]), y1 = new(box[1]), x2 = new(box[2]), y2 = new(box[3]), own = new(area), limit = new(threshold);
        for (int k = 0; k < _count; k += Vector<float>.Count)
        {
            Vector<float> width = Vector.Min(x2, Vector.LoadUnsafe(ref _x2[k])) - Vector.Max(x1, Vector.LoadUnsafe(ref _x1[k]));
            Vector<float> height = Vector.Min(y2, Vector.LoadUnsafe(ref _y2[k])) - Vector.Max(y1, Vector.LoadUnsafe(ref _y1[k]));
            Vector<float> shared = Vector.Max(width, Vector<float>.Zero) * Vector.Max(height, Vector<float>.Zero);
            if (Vector.GreaterThanAny(shared / (Vector.LoadUnsafe(ref _areas[k]) + own - shared), limit)) return true;
        }
        return false;
    }
}
