using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch.Distributed;

/// <summary>Processes, on one machine or many, that work on one task together and exchange tensors: c10d with Gloo over TCP,
/// and NCCL between CUDA devices once <see cref="UseDevice"/> says which.</summary>
/// <remarks>Every process calls the same methods in the same order, one at a time. A process that waits longer than
/// <see cref="Timeout"/>, or sees another one's connection close, gets a <see cref="TorchException"/>; the group is of no use
/// after that.</remarks>
public sealed unsafe partial class ProcessGroup : SafeHandle
{
    /// <summary>How long a process waits for the others unless told otherwise: 10 minutes.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Joins the group. Returns when all processes have.</summary>
    /// <exception cref="TorchException">The others did not come in time, the address is wrong, or libtorch has no Gloo.</exception>
    public ProcessGroup(ProcessGroupOptions options) : base(0, ownsHandle: true)
    {
        Library.EnsureLoaded();
        (Rank, Size, Timeout) = (options.Rank, options.Size, options.Timeout);
        // Where the meeting place is this machine itself, so are all processes: no other interface is needed.
        string address = options.Interface ?? (options.IsLoopback ? options.Host : "");
        nint group;
        int status = NativeMethods.fv_group_create(options.Host, options.Port, options.ServesStore ? 1 : 0, options.Prefix, Rank, Size,
            (long)Timeout.TotalMilliseconds, address, options.Interface is null ? 0 : 1, &group);
        if (status != 0)
            throw new TorchException($"Process {Rank} of {Size} could not meet the others at {options.Host}:{options.Port} " +
                $"within {Timeout.TotalSeconds:0.#} s: {Status.LastError()}");
        SetHandle(group);
    }

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; }

    /// <summary>Number of processes.</summary>
    public int Size { get; }

    /// <summary>How long this process waits for the others in any one call.</summary>
    public TimeSpan Timeout { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Joins the group that RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT describe, as torchrun sets them and scripts for
    /// Slurm and Kubernetes do; null where there is no WORLD_SIZE, or it is 1 and there is
    /// nothing else.</summary>
    /// <param name="timeout">How long to wait for the others, now and later; null for <see cref="DefaultTimeout"/>.</param>
    /// <exception cref="ArgumentException">A variable is missing or makes no sense.</exception>
    /// <exception cref="TorchException">The group did not come together.</exception>
    public static ProcessGroup? FromEnvironment(TimeSpan? timeout = null) =>
        ProcessGroupOptions.FromEnvironment(Environment.GetEnvironmentVariable) is { } options
            ? new ProcessGroup(options with { Timeout = timeout ?? DefaultTimeout }) : null;

    /// <summary>Adds up the tensors of all processes; each gets the sum, the same bits everywhere.</summary>
    /// <param name="tensor">Changed in place. The same shape and type everywhere, and everywhere contiguous or nowhere; 16-bit brain floats
    /// and booleans are not supported. On another device than the CPU it travels through the CPU's memory, unless
    /// <see cref="UseDevice"/> found a shorter way.</param>
    public void AllReduce(Tensor tensor) =>
        Exchange(tensor, host => NativeMethods.fv_group_all_reduce(handle, host.Pointer),
            near => NativeMethods.fv_nccl_all_reduce(_nccl, near.Pointer), "adding up tensors");

    /// <summary>Gives every process the tensor of one.</summary>
    /// <param name="tensor">Read on <paramref name="root"/>, changed in place elsewhere. As for <see cref="AllReduce"/>.</param>
    /// <param name="root">The process that gives.</param>
    public void Broadcast(Tensor tensor, int root)
    {
        if (root < 0 || root >= Size) throw new ArgumentOutOfRangeException(nameof(root), root, $"The group has {Size} processes, from 0.");
        Exchange(tensor, host => NativeMethods.fv_group_broadcast(handle, host.Pointer, root),
            near => NativeMethods.fv_nccl_broadcast(_nccl, near.Pointer, root), $"receiving a tensor of process {root}");
    }

    /// <summary>Waits until every process has come here.</summary>
    public void Barrier() => Check(NativeMethods.fv_group_barrier(Open()), "waiting for the others");

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        FreeNccl();
        NativeMethods.fv_group_free(handle);
        return true;
    }

    private void Exchange(Tensor tensor, Func<Tensor, int> exchange, Func<Tensor, int> exchangeNear, string doing)
    {
        Open();
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (IsNear(tensor))
        {
            Check(exchangeNear(tensor.Detach()), doing);
            return;
        }
        bool direct = tensor.Device == Device.Cpu && tensor.IsContiguous;
        Tensor host = direct ? tensor.Detach() : tensor.Detach().To(Device.Cpu).Contiguous();
        Check(exchange(host), doing);
        if (!direct) tensor.CopyInPlace(host);
    }

    private nint Open()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        return handle;
    }

    private void Check(int status, string doing)
    {
        if (status != 0)
            throw new TorchException($"Process {Rank} of {Size} lost the others while {doing}: one of them ended, its network failed, or " +
                $"it did not come within {Timeout.TotalSeconds:0.#} s. Look at the other processes' messages. ({Status.LastError()})");
    }
}
