using Fovea.Torch.Interop;

namespace Fovea.Torch.Distributed;

// Exchanges from GPU to GPU: NCCL.
public sealed unsafe partial class ProcessGroup
{
    private nint _nccl;         // what the bridge holds, where there is NCCL
    private Device _near;       // the device whose tensors go that way

    /// <summary>From now on tensors on this device go to the other processes' devices by NCCL, without passing through the CPU's
    /// memory. Where that cannot be on one process, all tensors of all processes go on as before. Called once, by all processes.</summary>
    /// <param name="device">This process's own: NCCL needs one for each.</param>
    /// <param name="obstacle">What stands in the way on this process, or "" where it is another one that cannot.</param>
    /// <returns>Whether NCCL is used; the same on every process.</returns>
    public bool UseDevice(Device device, out string obstacle)
    {
        obstacle = !device.IsCuda ? $"{device} is no GPU" : HasNccl() ? "" : "NCCL was not found";
        if (Sum(obstacle.Length)[0] > 0) return false;

        byte[] id = new byte[NativeMethods.NcclIdSize];
        nint link = 0;
        fixed (byte* start = id)
        {
            if (Rank == 0) Status.Check(NativeMethods.fv_nccl_id(start));
            using (new TensorScope())
            {
                Tensor given = Tensor.From(id, id.Length);
                Broadcast(given, 0);
                given.Span<byte>().CopyTo(id);
            }
            if (NativeMethods.fv_nccl_create(start, Rank, Size, device.Index, (long)Timeout.TotalMilliseconds, &link) != 0)
                obstacle = Status.LastError();
        }
        (_nccl, _near) = (link, device);
        if (Sum(obstacle.Length)[0] == 0) return true;
        FreeNccl();
        return false;
    }

    private static bool HasNccl()
    {
        int found;
        Status.Check(NativeMethods.fv_nccl_find(&found));
        return found != 0;
    }

    private void FreeNccl()
    {
        if (_nccl != 0) NativeMethods.fv_nccl_free(_nccl);
        _nccl = 0;
    }

    // Whether NCCL takes it from here.
    private bool IsNear(Tensor tensor) => _nccl != 0 && tensor.Device == _near && tensor.IsContiguous;
}
