using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>While open, operations on this thread are not recorded for gradients.</summary>
public readonly unsafe struct NoGrad : IDisposable
{
    private readonly bool _before;

    /// <summary>Switches recording off.</summary>
    public NoGrad()
    {
        Library.EnsureLoaded();
        int enabled;
        Status.Check(NativeMethods.fv_grad_mode(&enabled));
        _before = enabled != 0;
        Status.Check(NativeMethods.fv_set_grad_mode(0));
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose() => Status.Check(NativeMethods.fv_set_grad_mode(_before ? 1 : 0));
}

/// <summary>Whether operations on this thread are recorded for gradients.</summary>
public static unsafe class GradMode
{
    /// <summary>True unless a <see cref="NoGrad"/> or an <see cref="InferenceMode"/> is open.</summary>
    public static bool IsEnabled
    {
        get
        {
            Library.EnsureLoaded();
            int enabled;
            Status.Check(NativeMethods.fv_grad_mode(&enabled));
            return enabled != 0;
        }
    }
}

/// <summary>While open, tensors made on this thread can never take part in gradients, which saves libtorch bookkeeping:
/// for prediction.</summary>
public sealed unsafe class InferenceMode : IDisposable
{
    private nint _guard;

    /// <summary>Enters the mode.</summary>
    public InferenceMode()
    {
        Library.EnsureLoaded();
        nint guard;
        Status.Check(NativeMethods.fv_inference_mode_enter(&guard));
        _guard = guard;
    }

    /// <summary>Leaves the mode.</summary>
    public void Dispose()
    {
        if (_guard != 0) NativeMethods.fv_inference_mode_exit(_guard);
        _guard = 0;
    }
}

/// <summary>While open, convolutions and matrix products on this thread run in a shorter type and sensitive operators in
/// float32 (mixed precision).</summary>
public sealed unsafe class Autocast : IDisposable
{
    [ThreadStatic] private static int _depth;

    private readonly Device _device;
    private readonly int _enabledBefore;
    private readonly int _dtypeBefore;
    private bool _disposed;

    /// <summary>Whether this thread is in the mode, on whatever device.</summary>
    internal static bool IsOn => _depth > 0;

    /// <summary>Enters the mode for operators on a device.</summary>
    /// <param name="device">The CPU takes bfloat16 only; CUDA float16 or bfloat16.</param>
    /// <param name="dtype">The shorter type.</param>
    public Autocast(Device device, DType dtype)
    {
        Library.EnsureLoaded();
        _device = device;
        int enabled, before;
        Status.Check(NativeMethods.fv_autocast((int)device.Type, &enabled, &before));
        (_enabledBefore, _dtypeBefore) = (enabled, before);
        Status.Check(NativeMethods.fv_set_autocast((int)device.Type, 1, (int)dtype));
        Status.Check(NativeMethods.fv_autocast_nesting(1));
        _depth++;
    }

    /// <summary>Leaves the mode.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _depth--;
        Status.Check(NativeMethods.fv_autocast_nesting(-1));
        Status.Check(NativeMethods.fv_set_autocast((int)_device.Type, _enabledBefore, _dtypeBefore));
    }
}
