using Fovea.Torch.Interop;

namespace Fovea.Torch.Distributed;

// Exchanges from GPU to GPU: NCCL.
public sealed unsafe partial class ProcessGroup
{
    private nint _nccl;         // what the bridge holds, where there is NCCL
    private Device _near;       // the device whose tensors go that way

    /// <summary>From now on tensors on this device go to the other processes' devices by NCCL, without passing through the CPU's
    /// memory. Where one process has no CUDA device, or finds no NCCL, all tensors of all processes go on as before. Called once,
    /// by all processes.</summary>
    /// <param name="device">This process's own: no other one of the group may use it.</param>
    /// <returns>Whether NCCL is used; the same on every process.</returns>
    /// <exception cref="TorchException">NCCL could not connect the devices.</exception>
    public bool UseDevice(Device device)
    {
        int found = 0;
        if (device.IsCuda) Status.Check(NativeMethods.fv_nccl_find(&found));
        if (Sum(found)[0] < Size) return false;

        using var scope = new TensorScope();
        byte[] id = new byte[NativeMethods.NcclIdSize];
        nint link;
        fixed (byte* start = id)
        {
            if (Rank == 0) Status.Check(NativeMethods.fv_nccl_id(start));
            Tensor given = Tensor.From(id, id.Length);
            Broadcast(given, 0);
            given.Span<byte>().CopyTo(id);
            if (NativeMethods.fv_nccl_create(start, Rank, Size, device.Index, (long)Timeout.TotalMilliseconds, &link) != 0)
                throw new TorchException($"Process {Rank} of {Size} could not connect {device} with the others' devices. Each process " +
                    $"needs a device of its own (LOCAL_RANK tells which), and NCCL_DEBUG=INFO tells more. ({Status.LastError()})");
        }
        (_nccl, _near) = (link, device);
        return true;
    }

    // Whether NCCL takes it from here.
    private bool IsNear(Tensor tensor) => _nccl != 0 && tensor.Device == _near && tensor.IsContiguous;
}
