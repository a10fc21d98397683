using System.Text;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Weights;

/// <summary>Weights by a formula of a tensor's name and an element's index: two programs that share the formula have the same network
/// without a weight file between them.</summary>
/// <remarks>Exact in any language: integers, then one float32 multiplication. With 20-bit numbers k and u = k / 2^19 in [-1, 1):
/// <list type="bullet">
/// <item>weights of convolutions and fully connected layers are u sqrt(gain / fan in); the gains are such that activations neither
/// fade nor blow up, and that scores of a detector spread well;</item>
/// <item>batch norm's scale is 1 + u / 8 and its variance 1 + |u| / 8;</item>
/// <item>biases and means are u / 8;</item>
/// <item>batch norm's count of batches stays as it is.</item>
/// </list>
/// The numbers are the upper 20 bits of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA
/// 2014), seeded with the 64-bit FNV-1a hash (Fowler, Noll, Vo) of the name in UTF-8. tests/goldens/parity/make_reference.py is the same in Python.</remarks>
public static class FormulaWeights
{
    /// <summary>2^19: the numbers lie in [-Half, Half).</summary>
    public const int Half = 1 << 19;

    private const int One = 1 << 22;          // with steps of 2^-22, k alone stands for u / 8
    private const double DefaultGain = 4;

    // The first whose text is part of the name holds.
    private static readonly (string Part, double Gain)[] Gains = [("cls_score.", 36), ("cls_logits.", 16), ("bbox_pred.", 0.25),
        ("bbox_reg.", 0.25), (".body.", 2)];

    /// <summary>Fills all parameters and buffers of a module, on whatever device it is.</summary>
    /// <param name="module">The network.</param>
    /// <param name="gain">The gain of every weight in place of those by name: for networks that are no detectors, one number at which
    /// their scores differ well between pictures.</param>
    public static void Fill(Module module, double? gain = null)
    {
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor value) in module.StateDict())
        {
            if (value.DType != DType.Float32) continue;
            using var scope = new TensorScope();
            value.CopyInPlace(Tensor.From(Values(name, value.Shape, gain), value.Shape));
        }
    }

    /// <summary>The values of one tensor, row by row.</summary>
    /// <param name="name">Its full name in the state dictionary.</param>
    /// <param name="shape">Its shape: two or more dimensions for weights, the first of them the outputs.</param>
    /// <param name="gain">The gain of weights; null for that of the name.</param>
    public static float[] Values(string name, ReadOnlySpan<long> shape, double? gain = null)
    {
        long count = 1;
        foreach (long size in shape) count = checked(count * size);
        int offset = 0;
        bool magnitude = name.EndsWith("running_var", StringComparison.Ordinal);
        float step = 1f / One;
        if (magnitude || (shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal))) offset = One;
        else if (shape.Length > 1) step = (float)(Math.Sqrt((gain ?? Gain(name)) / (count / shape[0])) / Half);

        var values = new float[count];
        ulong seed = Hash(name);
        for (int i = 0; i < values.Length; i++)
        {
            int k = Number(seed, i);
            values[i] = (offset + (magnitude ? Math.Abs(k) : k)) * step;
        }
        return values;
    }

    /// <summary>The first numbers of a name's stream, each in [-<see cref="Half"/>, <see cref="Half"/>).</summary>
    public static int[] Numbers(string name, int count)
    {
        var numbers = new int[count];
        ulong seed = Hash(name);
        for (int i = 0; i < count; i++) numbers[i] = Number(seed, i);
        return numbers;
    }

    private static int Number(ulong seed, int index)
    {
        ulong z = seed + ((ulong)index + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) >> 44) - Half;
    }

    private static ulong Hash(string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        return hash;
    }

    private static double Gain(string name)
    {
        foreach ((string part, double gain) in Gains)
            if (name.Contains(part, StringComparison.Ordinal)) return gain;
        return DefaultGain;
    }
}
