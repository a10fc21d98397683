using Fovea.Torch;
using Fovea.Torch.Distributed;

namespace Fovea.Cli;

/// <summary>What a launcher of several processes (<see cref="Launcher"/>, torchrun, a script for Slurm) tells each of them in
/// variables.</summary>
internal static class Launch
{
    /// <summary>This process's place among several, or null where it is alone.</summary>
    /// <exception cref="UsageException">A variable is missing or makes no sense.</exception>
    public static ProcessGroupOptions? Place()
    {
        try
        {
            return ProcessGroupOptions.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>Number of processes that a launcher started, this one among them; null where there is no launcher.</summary>
    public static int? Size(ProcessGroupOptions? place) =>
        place?.Size ?? (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("WORLD_SIZE")) ? null : 1);

    /// <summary>Threads of one process where none are asked for: an equal part of the machine's processors; null for all of them.</summary>
    public static int? Threads(ProcessGroupOptions? place, int processors) =>
        place?.LocalSize is { } processes ? Math.Max(1, processors / processes) : null;

    /// <summary>The device of one process: of the CUDA devices, each process of a machine has its own.</summary>
    /// <param name="wanted">What --device says.</param>
    /// <param name="place">The process's place, or null where it is alone.</param>
    /// <param name="devices">Number of CUDA devices that it sees.</param>
    /// <param name="seesAll">Whether these are all of the machine's; other launchers may show each process its own one.</param>
    /// <exception cref="UsageException">It cannot be told which one is this process's, or it is not there.</exception>
    public static Device DeviceOf(Device wanted, ProcessGroupOptions? place, int devices, bool seesAll)
    {
        if (place is null || !wanted.IsCuda) return wanted;
        if (wanted.Index != 0)
            throw new UsageException($"--device {wanted} is one device, but each of the {place.Size} processes needs its own: give " +
                "--device cuda.");
        if (devices == 1 && !seesAll) return wanted;
        if (place.LocalSize > devices)
            throw new UsageException($"The {place.LocalSize} processes on this machine need a CUDA device each, but there are {devices}.");
        int own = place.LocalRank ?? throw new UsageException($"LOCAL_RANK is not set, so process {place.Rank} cannot tell which of " +
            $"the {devices} CUDA devices is its own. torchrun sets it; in a script for Slurm: export LOCAL_RANK=$SLURM_LOCALID.");
        return own < devices ? Device.Cuda(own) : throw new UsageException(
            $"LOCAL_RANK is {own}, but there are {devices} CUDA devices, counted from 0: start no more processes on a machine than it has " +
            "devices.");
    }
}
