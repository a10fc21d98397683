using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Ops.Kernels;

/// <summary>Transposes small matrices of floats: the step between "one plane a channel" (what libtorch stores) and "the channels of
/// a pixel side by side" (what a sampling kernel wants, since each tap is then one contiguous vector).</summary>
internal static unsafe class TileTranspose
{
    /// <summary>target[c, r] = source[r, c] for a rows x columns matrix.</summary>
    /// <param name="source">First element; row r starts at source + r * sourceStride.</param>
    /// <param name="sourceStride">Elements from one row of the source to the next.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="target">First element; column c of the source starts at target + c * targetStride.</param>
    /// <param name="targetStride">Elements from one row of the target to the next.</param>
    public static void Run(float* source, nint sourceStride, int rows, int columns, float* target, nint targetStride)
    {
        int fullRows = Avx.IsSupported ? rows & ~7 : 0, fullColumns = Avx.IsSupported ? columns & ~7 : 0;
        for (int r = 0; r < fullRows; r += 8)
            for (int c = 0; c < fullColumns; c += 8)
                Transpose8x8(source + r * sourceStride + c, sourceStride, target + c * targetStride + r, targetStride);
        Plain(source, sourceStride, 0, fullRows, fullColumns, columns, target, targetStride);
        Plain(source, sourceStride, fullRows, rows, 0, columns, target, targetStride);
    }

    private static void Plain(float* source, nint sourceStride, int row, int rowEnd, int column, int columnEnd, float* target,
        nint targetStride)
    {
        for (int r = row; r < rowEnd; r++)
            for (int c = column; c < columnEnd; c++)
                target[c * targetStride + r] = source[r * sourceStride + c];
    }

    private static void Transpose8x8(float* source, nint stride, float* target, nint targetStride)
    {
        Vector256<float> a = Avx.LoadVector256(source), b = Avx.LoadVector256(source + stride);
        Vector256<float> c = Avx.LoadVector256(source + 2 * stride), d = Avx.LoadVector256(source + 3 * stride);
        Vector256<float> e = Avx.LoadVector256(source + 4 * stride), f = Avx.LoadVector256(source + 5 * stride);
        Vector256<float> g = Avx.LoadVector256(source + 6 * stride), h = Avx.LoadVector256(source + 7 * stride);

        // Within each half of 128 bits: pairs of rows, then quadruples of rows.
        Vector256<float> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
        Vector256<float> ef0 = Avx.UnpackLow(e, f), ef1 = Avx.UnpackHigh(e, f), gh0 = Avx.UnpackLow(g, h), gh1 = Avx.UnpackHigh(g, h);
        Vector256<float> abcd0 = Avx.Shuffle(ab0, cd0, 0x44), abcd1 = Avx.Shuffle(ab0, cd0, 0xEE);
        Vector256<float> abcd2 = Avx.Shuffle(ab1, cd1, 0x44), abcd3 = Avx.Shuffle(ab1, cd1, 0xEE);
        Vector256<float> efgh0 = Avx.Shuffle(ef0, gh0, 0x44), efgh1 = Avx.Shuffle(ef0, gh0, 0xEE);
        Vector256<float> efgh2 = Avx.Shuffle(ef1, gh1, 0x44), efgh3 = Avx.Shuffle(ef1, gh1, 0xEE);

        // Then the halves change places.
        Avx.Store(target, Avx.Permute2x128(abcd0, efgh0, 0x20));
        Avx.Store(target + targetStride, Avx.Permute2x128(abcd1, efgh1, 0x20));
        Avx.Store(target + 2 * targetStride, Avx.Permute2x128(abcd2, efgh2, 0x20));
        Avx.Store(target + 3 * targetStride, Avx.Permute2x128(abcd3, efgh3, 0x20));
        Avx.Store(target + 4 * targetStride, Avx.Permute2x128(abcd0, efgh0, 0x31));
        Avx.Store(target + 5 * targetStride, Avx.Permute2x128(abcd1, efgh1, 0x31));
        Avx.Store(target + 6 * targetStride, Avx.Permute2x128(abcd2, efgh2, 0x31));
        Avx.Store(target + 7 * targetStride, Avx.Permute2x128(abcd3, efgh3, 0x31));
    }
}
