namespace Fovea.Ops.Kernels;

/// <summary>Greedy non-maximum suppression on the CPU, with torchvision's results to the last index.</summary>
/// <remarks>Boxes are visited by falling score; each is compared with those kept before it and stops at the first that covers it.
/// That is the same set as suppressing forward from every kept box, but a suppressed box costs only until its suppressor, and the
/// kept boxes lie densely in memory.</remarks>
internal static class NmsKernel
{
    /// <summary>Up to this many coordinates torchvision shifts the classes apart and suppresses all together; above, it goes class
    /// by class. The shift rounds coordinates, so the same choice has to be made to keep the same boxes.</summary>
    public const int MaxShiftedCoordinates = 4000;

    /// <summary>Indices of the kept boxes, best score first.</summary>
    /// <param name="boxes">N x 4 floats: x1, y1, x2, y2.</param>
    /// <param name="scores">N scores.</param>
    /// <param name="iouThreshold">A box goes when its intersection over union with a better one exceeds this.</param>
    public static long[] Keep(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, double iouThreshold)
    {
        Validate(boxes, scores);
        float threshold = RoundDown(iouThreshold);
        KeptBoxes kept = new();
        List<long> keep = [];
        foreach (int i in ScoreOrder.Falling(scores))
            if (kept.TryAdd(boxes.Slice(4 * i, 4), threshold)) keep.Add(i);
        return [.. keep];
    }

    /// <summary>As <see cref="Keep"/>, but boxes of different classes leave each other alone.</summary>
    /// <param name="boxes">N x 4 floats.</param>
    /// <param name="scores">N scores.</param>
    /// <param name="classes">Class of each box.</param>
    /// <param name="iouThreshold">As in <see cref="Keep"/>.</param>
    public static long[] KeepPerClass(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, ReadOnlySpan<long> classes,
        double iouThreshold)
    {
        Validate(boxes, scores);
        if (classes.Length != scores.Length)
            throw new ArgumentException($"{scores.Length} boxes came with {classes.Length} classes; "
                + "give one class a box.", nameof(classes));
        if (boxes.Length <= MaxShiftedCoordinates) return Keep(ShiftApart(boxes, classes), scores, iouThreshold);

        float threshold = RoundDown(iouThreshold);
        Dictionary<long, KeptBoxes> keptOfClass = [];
        List<long> keep = [];
        foreach (int i in ScoreOrder.Falling(scores))
        {
            if (!keptOfClass.TryGetValue(classes[i], out KeptBoxes? kept)) keptOfClass.Add(classes[i], kept = new KeptBoxes());
            if (kept.TryAdd(boxes.Slice(4 * i, 4), threshold)) keep.Add(i);
        }
        return [.. keep];
    }

    private static float[] ShiftApart(ReadOnlySpan<float> boxes, ReadOnlySpan<long> classes)
    {
        if (boxes.IsEmpty) return [];
        float step = System.Numerics.Tensors.TensorPrimitives.Max(boxes) + 1f;
        float[] shifted = boxes.ToArray();
        for (int i = 0; i < shifted.Length; i++) shifted[i] += classes[i / 4] * step;
        return shifted;
    }

    /// <summary>The largest float that does not exceed the threshold: torchvision compares a single-precision overlap with a
    /// double-precision threshold, which is the same as comparing with this.</summary>
    public static float RoundDown(double threshold)
    {
        float rounded = (float)threshold;
        return rounded > threshold ? MathF.BitDecrement(rounded) : rounded;
    }

    private static void Validate(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores)
    {
        if (boxes.Length != 4L * scores.Length)
            throw new ArgumentException($"{boxes.Length} coordinates came with {scores.Length} scores; "
                + "give four coordinates and one score a box.", nameof(boxes));
    }
}
