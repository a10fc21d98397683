using Fovea.Torch.Interop;

namespace Fovea.Torch.Quantization;

/// <summary>A library that computes with 8-bit integers inside libtorch. The numbers are libtorch's <c>QEngine</c>.</summary>
public enum QuantizedEngine
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Meta's for x64 servers.</summary>
    Fbgemm = 1,
    /// <summary>Meta's for phones; slower than float32 on x64.</summary>
    Qnnpack = 2,
    /// <summary>Intel's oneDNN.</summary>
    OneDnn = 3,
    /// <summary>Whichever of oneDNN and FBGEMM suits a layer on x64.</summary>
    X86 = 4,
}

/// <summary>The engines of the libtorch that is loaded.</summary>
public static unsafe class QuantizedEngines
{
    // Best first. QNNPACK is left out: on x64 it takes longer than float32.
    private static readonly QuantizedEngine[] Fast = [QuantizedEngine.X86, QuantizedEngine.OneDnn, QuantizedEngine.Fbgemm];

    private static QuantizedEngine? _used;

    /// <summary>Those that this libtorch was built with.</summary>
    public static IReadOnlyList<QuantizedEngine> Supported
    {
        get
        {
            Library.EnsureLoaded();
            const int Capacity = 16;
            int* engines = stackalloc int[Capacity];
            int count;
            Status.Check(NativeMethods.fv_quantized_engines(engines, Capacity, &count));
            return [.. new ReadOnlySpan<int>(engines, Math.Min(count, Capacity)).ToArray().Select(engine => (QuantizedEngine)engine)];
        }
    }

    /// <summary>Makes the whole process compute with the fastest engine that is there, and tells which.</summary>
    /// <exception cref="TorchException">There is none that is faster than float32.</exception>
    public static QuantizedEngine UseFastest()
    {
        if (_used is { } used) return used;
        QuantizedEngine fastest = Fastest(Supported, Library.Version);
        Status.Check(NativeMethods.fv_set_quantized_engine((int)fastest));
        _used = fastest;
        return fastest;
    }

    /// <summary>The fastest of some engines.</summary>
    internal static QuantizedEngine Fastest(IReadOnlyList<QuantizedEngine> supported, string version)
    {
        foreach (QuantizedEngine engine in Fast)
            if (supported.Contains(engine)) return engine;
        string[] names = [.. supported.Where(engine => engine != QuantizedEngine.None)
            .Select(engine => engine.ToString().ToLowerInvariant())];
        throw new TorchException($"This libtorch ({version}) has no fast engine for 8-bit integers: it has " +
            $"{(names.Length == 0 ? "none" : string.Join(", ", names))}, but x86, onednn or fbgemm is needed. Debian's libtorch-dev and " +
            "pip's torch have one on x64. Elsewhere use the float32 model.");
    }
}
