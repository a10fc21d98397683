using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>The libtorch that this process uses. It is found, bridged and loaded at the first need, or by <see cref="Load"/>.</summary>
public static unsafe class Library
{
    private static readonly Lock Gate = new();
    private static volatile bool _loaded;
    private static LibraryOptions _options = new();
    private static nint _bridge;

    /// <summary>True once libtorch is loaded.</summary>
    public static bool IsLoaded => _loaded;

    /// <summary>libtorch's version, such as "1.13.1".</summary>
    public static string Version
    {
        get
        {
            EnsureLoaded();
            return Marshal.PtrToStringUTF8((nint)NativeMethods.fv_version())!;
        }
    }

    /// <summary>Threads that one operator may use.</summary>
    public static int ThreadCount
    {
        get
        {
            EnsureLoaded();
            int threads;
            Status.Check(NativeMethods.fv_thread_count(&threads));
            return threads;
        }
    }

    /// <summary>Number of CUDA devices, 0 where there is none or this libtorch was built without CUDA.</summary>
    public static int CudaDeviceCount
    {
        get
        {
            EnsureLoaded();
            int available, devices;
            Status.Check(NativeMethods.fv_cuda(&available, &devices));
            return available != 0 ? devices : 0;
        }
    }

    /// <summary>Finds libtorch, compiles the bridge if this is the first time, and loads both.</summary>
    /// <exception cref="TorchException">No usable libtorch, no compiler, or libtorch was already loaded with other options.</exception>
    public static void Load(LibraryOptions options)
    {
        lock (Gate)
        {
            if (_loaded)
            {
                // Whoever listens to the compiling, which is over, makes no difference.
                if (options with { Progress = null } == _options with { Progress = null }) return;
                throw new TorchException("libtorch is already loaded with other options: call Library.Load before anything else uses it.");
            }
            _options = options;
        }
        EnsureLoaded();
    }

    /// <summary>Waits until the device has finished what was asked of it; the CPU always has.</summary>
    public static void Synchronise(Device device)
    {
        EnsureLoaded();
        if (device.IsCuda) Status.Check(NativeMethods.fv_synchronise(device.Index));
    }

    /// <summary>How float32 convolutions and matrix products are computed on CUDA, in the whole process from now on. The CPU is
    /// always exact.</summary>
    /// <param name="tensorFloat32">Whether their factors are rounded to 10 bits of mantissa (TF32), which is several times faster and
    /// moves results by about a thousandth. libtorch begins with this for convolutions only.</param>
    /// <param name="search">Whether cuDNN tries its algorithms on each new size of input and keeps the fastest: worth it where few sizes
    /// come often.</param>
    public static void SetCudaArithmetic(bool tensorFloat32, bool search)
    {
        EnsureLoaded();
        Status.Check(NativeMethods.fv_set_cuda_arithmetic(tensorFloat32 ? 1 : 0, search ? 1 : 0));
    }

    internal static void EnsureLoaded()
    {
        if (_loaded) return;
        lock (Gate)
        {
            if (_loaded) return;
            if (_bridge == 0) LoadBridge();   // once a process, also where the start below failed and is tried again
            Status.Check(NativeMethods.fv_initialise(_options.Threads ?? Environment.ProcessorCount, _options.InteropThreads));
            _loaded = true;
        }
    }

    private static void LoadBridge()
    {
        LibTorch libtorch = LibTorchLocator.Find(_options.LibTorchPath);
        string path = BridgeBuilder.EnsureBuilt(libtorch, _options.Progress);
        try
        {
            _bridge = NativeLibrary.Load(path);
        }
        catch (DllNotFoundException error)
        {
            throw new TorchException($"The bridge {path} does not load: {error.Message}", error);
        }
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, _, _) => name == NativeMethods.Library ? _bridge : 0);
    }
}

/// <summary>How to find libtorch and how many threads to give it.</summary>
public sealed record LibraryOptions
{
    /// <summary>Where to look for libtorch, or null to look in the usual places.</summary>
    public string? LibTorchPath { get; init; }

    /// <summary>Threads that one operator may use; null for as many as the machine has processors.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads for operators that libtorch runs side by side.</summary>
    public int InteropThreads { get; init; } = 1;

    /// <summary>Receives a line when the bridge must be compiled first, which takes about 20 seconds.</summary>
    public Action<string>? Progress { get; init; }
}
