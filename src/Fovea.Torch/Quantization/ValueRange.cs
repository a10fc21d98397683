using System.Runtime.Intrinsics.X86;

namespace Fovea.Torch.Quantization;

/// <summary>The numbers that 8 bits have to stand for, from low to high; zero is always among them, so that it is exact.</summary>
/// <remarks>Jacob et al.: "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (CVPR 2018),
/// sections 2.1 and 3: a real number is scale x (integer - zero point), and zero, which padding and ReLU give, must have an integer of
/// its own.</remarks>
public readonly record struct ValueRange
{
    /// <summary>A range.</summary>
    /// <param name="low">At most 0.</param>
    /// <param name="high">At least 0.</param>
    /// <exception cref="ArgumentException">Zero is not within, or an end is not finite.</exception>
    public ValueRange(double low, double high)
    {
        if (!(low <= 0 && high >= 0 && double.IsFinite(low) && double.IsFinite(high)))
            throw new ArgumentException($"The range {low:g6} to {high:g6} arrived, but finite numbers around zero were expected.");
        (Low, High) = (low, high);
    }

    /// <summary>The smallest number.</summary>
    public double Low { get; }

    /// <summary>The largest number.</summary>
    public double High { get; }

    /// <summary>Steps between the ends: 255, or 127 where the processor multiplies 8-bit integers without VNNI, whose sums of two
    /// products would not fit into 16 bits otherwise.</summary>
    public static int Steps { get; } = HasExactProducts() ? 255 : 127;

    /// <summary>How numbers of this range become integers.</summary>
    public Affine ToAffine() => ToAffine(Steps);

    /// <summary>How numbers of this range become integers of so many steps.</summary>
    internal Affine ToAffine(int steps)
    {
        double scale = (High - Low) / steps;
        if (scale < float.Epsilon * 1e10) return new Affine(1, 0);        // nothing but zeros
        return new Affine(scale, (int)Math.Clamp(Math.Round(-Low / scale), 0, steps));
    }

    private static bool HasExactProducts()
    {
        if (!X86Base.IsSupported) return true;
        const int Avx512Vnni = 1 << 11, AvxVnni = 1 << 4;
        (int most, _, _, _) = X86Base.CpuId(0, 0);
        if (most < 7) return false;
        return (X86Base.CpuId(7, 0).Ecx & Avx512Vnni) != 0 || (X86Base.CpuId(7, 1).Eax & AvxVnni) != 0;
    }
}

/// <summary>What an integer stands for: scale x (integer - zero point).</summary>
/// <param name="Scale">Above 0.</param>
/// <param name="ZeroPoint">The integer of zero: 0 to 255.</param>
public readonly record struct Affine(double Scale, int ZeroPoint);
