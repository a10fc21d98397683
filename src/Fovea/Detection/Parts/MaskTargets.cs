using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>What the mask branch should draw: the part of an object's mask inside a region, at the branch's resolution.</summary>
/// <remarks>He et al.: "Mask R-CNN", section 3.1: RoIAlign of the mask with samples about a pixel apart, as torchvision does. A sample's
/// bilinear weights are a product of one for its row and one for its column, so each side is done by itself.</remarks>
internal static class MaskTargets
{
    /// <summary>The targets of a picture's regions: R x side x side on the CPU, 0 to 1.</summary>
    /// <param name="target">The picture's objects.</param>
    /// <param name="regions">R x 4, in pixels of the batch.</param>
    /// <param name="matches">R int64: which object each region draws.</param>
    /// <param name="side">Height and width of the result.</param>
    /// <exception cref="ArgumentException">The objects have no masks.</exception>
    public static Tensor Compute(DetectionTarget target, Tensor regions, Tensor matches, int side)
    {
        if (regions.Size(0) == 0) return Tensor.Zeros([0, side, side]);
        if (target.Masks is not { } masks)
            throw new ArgumentException("A picture has objects without masks, and Mask R-CNN learns from them: give data with masks, such as " +
                "COCO's instances or VOC's SegmentationObject.", nameof(target));
        float[] edges = regions.ToArray<float>();
        long[] objects = matches.ToArray<long>();
        var values = new float[objects.Length * side * side];
        int[] byObject = [.. Enumerable.Range(0, objects.Length).OrderBy(i => objects[i])];      // an object is unpacked once
        Mask? bitmap = null;
        for (int k = 0; k < byObject.Length; k++)
        {
            int i = byObject[k];
            if (k == 0 || objects[i] != objects[byObject[k - 1]]) bitmap = masks[(int)objects[i]].ToBitmap();
            Align(bitmap!, edges.AsSpan(4 * i, 4), side, values.AsSpan(i * side * side, side * side));
        }
        return Tensor.From(values, objects.Length, side, side);
    }

    /// <summary>RoIAlign of one mask.</summary>
    /// <param name="mask">The object's pixels.</param>
    /// <param name="box">x1 y1 x2 y2.</param>
    /// <param name="side">Height and width of the result.</param>
    /// <param name="values">side x side, row by row.</param>
    internal static void Align(Mask mask, ReadOnlySpan<float> box, int side, Span<float> values)
    {
        var rows = new Taps(box[1], box[3], side, mask.Size.Height);
        var columns = new Taps(box[0], box[2], side, mask.Size.Width);
        values.Clear();
        if (columns.Count == 0) return;
        Span<float> row = stackalloc float[side];
        for (int y = 0; y < rows.Count; y++)
        {
            row.Clear();
            ReadOnlySpan<byte> pixels = mask.Pixels.AsSpan((rows.First + y) * mask.Size.Width + columns.First, columns.Count);
            int from = pixels.IndexOf((byte)1);
            if (from < 0) continue;
            for (int x = from; x < pixels.Length; x++)
                if (pixels[x] != 0)
                    for (int bin = columns.FirstBin[x]; bin <= columns.LastBin[x]; bin++) row[bin] += columns.Weights[x * side + bin];
            for (int bin = rows.FirstBin[y]; bin <= rows.LastBin[y]; bin++)
            {
                float weight = rows.Weights[y * side + bin];
                for (int x = 0; x < side; x++) values[bin * side + x] += weight * row[x];
            }
        }
    }

    // Along one side: what each pixel counts in each bin.
    private readonly ref struct Taps
    {
        public Taps(float start, float end, int side, int length)
        {
            float extent = Math.Max(end - start, 1), step = extent / side;
            int samples = (int)Math.Ceiling(extent / side);
            First = Math.Clamp((int)Math.Floor(start), 0, length - 1);
            Count = Math.Clamp((int)Math.Ceiling(start + extent) + 1, First + 1, length) - First;
            Weights = new float[Count * side];
            FirstBin = new int[Count];
            LastBin = new int[Count];
            Array.Fill(FirstBin, side);
            Array.Fill(LastBin, -1);
            for (int bin = 0; bin < side; bin++)
                for (int k = 0; k < samples; k++)
                {
                    float at = start + bin * step + (k + 0.5f) * step / samples;
                    if (at < -1 || at > length) continue;                        // outside: zero
                    at = Math.Max(at, 0);
                    int low = Math.Min((int)at, length - 1), high = Math.Min(low + 1, length - 1);
                    float beyond = low == length - 1 ? 0 : at - low;
                    Add(low, bin, (1 - beyond) / samples, side);
                    if (beyond > 0) Add(high, bin, beyond / samples, side);
                }
        }

        // First pixel that counts, and how many follow it.
        public int First { get; }

        public int Count { get; }

        // Pixel by pixel, side numbers each; those from FirstBin to LastBin are not zero.
        public float[] Weights { get; }

        public int[] FirstBin { get; }

        public int[] LastBin { get; }

        private void Add(int pixel, int bin, float weight, int side)
        {
            int i = pixel - First;
            Weights[i * side + bin] += weight;
            FirstBin[i] = Math.Min(FirstBin[i], bin);
            LastBin[i] = Math.Max(LastBin[i], bin);
        }
    }
}
