using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>An opaque value that an operator returned and another takes, such as prepacked convolution weights.</summary>
public sealed class ScriptObject : SafeHandle
{
    internal ScriptObject(nint value) : base(0, ownsHandle: true) => SetHandle(value);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.fv_object_free(handle);
        return true;
    }
}
