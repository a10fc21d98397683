using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Fovea.Torch.Interop;

namespace Fovea.Diagnostics;

/// <summary>What Fovea asks of the computer itself: .NET, processor, memory, a place to write.</summary>
internal static class HostChecks
{
    // A training step of fasterrcnn_resnet50_fpn at 800 x 1067 with two pictures was seen to take about this much.
    private const long ComfortableBytes = 6L << 30;

    internal static SetupCheck Runtime() =>
        new(".NET", CheckState.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}");

    internal static SetupCheck Processor()
    {
        string threads = $"{Environment.ProcessorCount} processor{(Environment.ProcessorCount == 1 ? "" : "s")}";
        if (AdvSimd.IsSupported)
            return new SetupCheck("Processor", CheckState.Ok, $"{threads}, NEON");
        if (Avx512F.IsSupported)
            return new SetupCheck("Processor", CheckState.Ok, $"{threads}, AVX-512");
        return Avx2.IsSupported
            ? new SetupCheck("Processor", CheckState.Ok, $"{threads}, AVX2")
            : new SetupCheck("Processor", CheckState.Warning, $"{threads} without AVX2: everything is slower",
                "use a processor of 2013 or later");
    }

    internal static SetupCheck Memory(long bytes)
    {
        string found = string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{bytes / (double)(1L << 30):0.0} GB for this process");
        return bytes >= ComfortableBytes
            ? new SetupCheck("Memory", CheckState.Ok, found)
            : new SetupCheck(
                "Memory", CheckState.Warning, $"{found}: little for training a large detector", "train with smaller pictures or batches");
    }

    /// <summary>Whether the folder can be made and written to.</summary>
    internal static SetupCheck Cache(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $"probe-{Environment.ProcessId}-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return new SetupCheck("Cache", CheckState.Ok, folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new SetupCheck(
                "Cache", CheckState.Missing, $"{folder} cannot be written to: {error.Message}",
                "make it writable, or name another folder with XDG_CACHE_HOME");
        }
    }
}
