using System.Runtime.InteropServices;

namespace Fovea.Torch.Interop;

/// <summary>Owns one reference to a libtorch tensor, and counts how many of them are alive.</summary>
internal sealed class TensorHandle : SafeHandle
{
    private static long _live;

    internal TensorHandle(nint value) : base(0, ownsHandle: true)
    {
        SetHandle(value);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Number of handles that have not been released.</summary>
    internal static long LiveCount => Interlocked.Read(ref _live);

    public override bool IsInvalid => handle == 0;

    internal nint Value => handle;

    protected override bool ReleaseHandle()
    {
        NativeMethods.fv_tensor_free(handle);
        Interlocked.Decrement(ref _live);
        return true;
    }
}
