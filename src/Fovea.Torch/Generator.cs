using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>A stream of random numbers for libtorch's sampling operators. Its state can be saved and restored exactly.</summary>
public sealed unsafe class Generator : SafeHandle
{
    private Generator(nint value) : base(0, ownsHandle: true) => SetHandle(value);

    /// <summary>A new generator on the CPU (Mersenne Twister).</summary>
    public Generator(ulong seed) : this(Create(seed)) { }

    /// <summary>The generator that operators on this device use when none is given.</summary>
    /// <exception cref="TorchException">The device does not exist.</exception>
    public static Generator Default(Device device)
    {
        Library.EnsureLoaded();
        nint handle;
        // libtorch calls the CPU's only generator number -1.
        Status.Check(NativeMethods.fv_generator_default((int)device.Type, device.IsCuda ? device.Index : -1, &handle));
        return new Generator(handle);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Restarts the stream.</summary>
    public void Seed(ulong seed) => Status.Check(NativeMethods.fv_generator_seed(handle, seed));

    /// <summary>A copy of the whole state: uint8, one dimension.</summary>
    public Tensor GetState()
    {
        nint state;
        Status.Check(NativeMethods.fv_generator_state(handle, &state));
        return new Tensor(state);
    }

    /// <summary>Continues where <see cref="GetState"/> was called.</summary>
    /// <exception cref="TorchException">The tensor holds no state of this kind of generator.</exception>
    public void SetState(Tensor state)
    {
        Status.Check(NativeMethods.fv_generator_restore(handle, state.Pointer));
        GC.KeepAlive(state);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMethods.fv_generator_free(handle);
        return true;
    }

    private static nint Create(ulong seed)
    {
        Library.EnsureLoaded();
        nint handle;
        Status.Check(NativeMethods.fv_generator_create(seed, &handle));
        return handle;
    }
}
