namespace Fovea.Ops.Kernels;

/// <summary>Sorts scores as libtorch does: falling, equal scores in their first order, scores that are not numbers first.</summary>
internal static class ScoreOrder
{
    /// <summary>The indices of the scores, best first.</summary>
    public static int[] Falling(ReadOnlySpan<float> scores)
    {
        // Key and index share one integer, so that a plain sort is stable.
        ulong[] keys = new ulong[scores.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = (ulong)~Rising(scores[i]) << 32 | (uint)i;
        Array.Sort(keys);
        int[] order = new int[keys.Length];
        for (int i = 0; i < order.Length; i++) order[i] = (int)(uint)keys[i];
        return order;
    }

    // An unsigned integer that grows with the score; 0 and -0 are equal, NaN is above everything.
    private static uint Rising(float score)
    {
        if (float.IsNaN(score)) return uint.MaxValue;
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}
