using System.Numerics;

namespace Fovea.Torch.Optim;

/// <summary>
/// Optimisers' arithmetic in one pass over parameters in the CPU's memory. These steps are bound by memory: libtorch's
/// operators, one after the other, read and
/// write each parameter several times and fill temporaries, this reads and writes it once.
/// </summary>
/// <remarks>
/// For float32 tensors that lie packed; others take <see cref="Foreach"/>. The order of operations and the fused
/// multiplications are those of libtorch's own
/// kernels, so both give the same numbers up to the last bit or so.
/// </remarks>
internal static unsafe class CpuPass
{
    private const int ChunkLength = 1 << 15;

    /// <summary>One tensor's share of the work: the same elements of up to four tensors.</summary>
    private readonly record struct Chunk(nint A, nint B, nint C, nint D, int Length);

    /// <summary>Whether all tensors of the lists, the same shapes in each, can be taken in one pass.</summary>
    public static bool Accepts(params ReadOnlySpan<Tensor[]> lists)
    {
        foreach (Tensor[] list in lists)
            foreach (Tensor tensor in list)
                if (tensor.DType != DType.Float32 || tensor.Device.IsCuda || !tensor.IsContiguous) return false;
        return true;
    }

    /// <summary>p -= rate d, where d = g + decay p.</summary>
    public static void Sgd(Tensor[] parameters, Tensor[] gradients, double rate, double decay)
    {
        (float negativeRate, float w) = ((float)-rate, (float)decay);
        Run(parameters, gradients, null, null, chunk =>
        {
            (Vector<float> r, Vector<float> wd) = (new(negativeRate), new(w));
            float* p = (float*)chunk.A, g = (float*)chunk.B;
            int i = 0;
            for (; i <= chunk.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> parameter = Vector.Load(p + i);
                Vector.Store(Vector.FusedMultiplyAdd(r, Vector.FusedMultiplyAdd(wd, parameter, Vector.Load(g + i)), parameter), p + i);
            }
            for (; i < chunk.Length; i++) p[i] = MathF.FusedMultiplyAdd(negativeRate, MathF.FusedMultiplyAdd(w, p[i], g[i]), p[i]);
        });
    }

    /// <summary>d = g + decay p; b = momentum b + keep d; p -= rate b, or with Nesterov rate (d + momentum b).</summary>
    public static void Momentum(
        Tensor[] parameters, Tensor[] gradients, Tensor[] buffers, double rate, double decay, double momentum, double keep, bool nesterov)
    {
        (float negativeRate, float w, float m, float k) = ((float)-rate, (float)decay, (float)momentum, (float)keep);
        Run(parameters, gradients, buffers, null, chunk =>
        {
            (Vector<float> r, Vector<float> wd, Vector<float> mm, Vector<float> kk) = (new(negativeRate), new(w), new(m), new(k));
            float* p = (float*)chunk.A, g = (float*)chunk.B, b = (float*)chunk.C;
            int i = 0;
            for (; i <= chunk.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> parameter = Vector.Load(p + i);
                Vector<float> direction = Vector.FusedMultiplyAdd(wd, parameter, Vector.Load(g + i));
                Vector<float> buffer = Vector.FusedMultiplyAdd(kk, direction, Vector.Load(b + i) * mm);
                Vector.Store(buffer, b + i);
                Vector<float> step = nesterov ? Vector.FusedMultiplyAdd(mm, buffer, direction) : buffer;
                Vector.Store(Vector.FusedMultiplyAdd(r, step, parameter), p + i);
            }
            for (; i < chunk.Length; i++)
            {
                float direction = MathF.FusedMultiplyAdd(w, p[i], g[i]);
                b[i] = MathF.FusedMultiplyAdd(k, direction, b[i] * m);
                p[i] = MathF.FusedMultiplyAdd(negativeRate, nesterov ? MathF.FusedMultiplyAdd(m, b[i], direction) : b[i], p[i]);
            }
        });
    }

    /// <summary>What an Adam step multiplies by; see <see cref="Optim.Adam"/>.</summary>
    public readonly record struct AdamFactors(
        double Shrink, double Decay, double Beta1, double Beta2, double RootCorrection, double Epsilon, double StepSize);

    /// <summary>p *= shrink; d = g + decay p; the means of d and d d move on; p -= step mean / (sqrt(square) / correction +
    /// epsilon).</summary>
    public static void Adam(Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, AdamFactors factors)
    {
        (float shrink, float w, float b1, float b2) =
            ((float)factors.Shrink, (float)factors.Decay, (float)factors.Beta1, (float)factors.Beta2);
        (float keep1, float keep2) = ((float)(1 - factors.Beta1), (float)(1 - factors.Beta2));
        (float correction, float epsilon, float step) = ((float)factors.RootCorrection, (float)factors.Epsilon, (float)-factors.StepSize);
        Run(parameters, gradients, means, squares, chunk =>
        {
            (Vector<float> e, Vector<float> k1, Vector<float> k2, Vector<float> wd) = (new(epsilon), new(keep1), new(keep2), new(w));
            var divisor = new Vector<float>(correction);
            float* p = (float*)chunk.A, g = (float*)chunk.B, m = (float*)chunk.C, v = (float*)chunk.D;
            int i = 0;
            for (; i <= chunk.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> parameter = Vector.Load(p + i) * shrink;
                Vector<float> direction = Vector.FusedMultiplyAdd(wd, parameter, Vector.Load(g + i));
                Vector<float> mean = Vector.FusedMultiplyAdd(k1, direction, Vector.Load(m + i) * b1);
                Vector<float> square = Vector.FusedMultiplyAdd(k2 * direction, direction, Vector.Load(v + i) * b2);
                Vector.Store(mean, m + i);
                Vector.Store(square, v + i);
                Vector.Store(parameter + step * mean / (Vector.SquareRoot(square) / divisor + e), p + i);
            }
            for (; i < chunk.Length; i++)
            {
                float parameter = p[i] * shrink;
                float direction = MathF.FusedMultiplyAdd(w, parameter, g[i]);
                m[i] = MathF.FusedMultiplyAdd(keep1, direction, m[i] * b1);
                v[i] = MathF.FusedMultiplyAdd(keep2 * direction, direction, v[i] * b2);
                p[i] = parameter + step * m[i] / (MathF.Sqrt(v[i]) / correction + epsilon);
            }
        });
    }

    /// <summary>Cuts the tensors into pieces and hands them to the processors. Each element is computed alone, so the number
    /// of threads does not matter.</summary>
    private static void Run(Tensor[] a, Tensor[] b, Tensor[]? c, Tensor[]? d, Action<Chunk> work)
    {
        var chunks = new List<Chunk>();
        for (int t = 0; t < a.Length; t++)
        {
            long length = a[t].Numel;
            (nint pa, nint pb, nint pc, nint pd) = (Address(a[t]), Address(b[t]), Address(c?[t]), Address(d?[t]));
            for (long start = 0; start < length; start += ChunkLength)
            {
                nint bytes = (nint)(start * sizeof(float));
                chunks.Add(new Chunk(pa + bytes, pb + bytes, pc + bytes, pd + bytes, (int)Math.Min(ChunkLength, length - start)));
            }
        }
        if (chunks.Count <= 2) chunks.ForEach(work);
        else Parallel.ForEach(chunks, work);
        GC.KeepAlive((a, b, c, d));
        foreach (Tensor parameter in a) MarkChanged(parameter);
    }

    // libtorch does not see what is written through an address. Its version of a tensor tells whoever keeps something made of it, such
    // as ConvolutionUnit its packed weights, so an operator that writes nothing raises it. For steps only: recording is off.
    private static void MarkChanged(Tensor parameter)
    {
        using var scope = new TensorScope();
        parameter.Flatten().Slice(0, 0, 0).ZeroInPlace();
    }

    private static nint Address(Tensor? tensor) => tensor is null ? 0 : (nint)tensor.DataPointer;
}
