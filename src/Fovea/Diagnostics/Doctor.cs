using Fovea.Torch.Interop;

namespace Fovea.Diagnostics;

/// <summary>Looks over the machine: what Fovea needs, what is there, and how to mend the rest.</summary>
public static class Doctor
{
    /// <summary>Every check that neither builds nor loads the engine, in the order in which a reader wants them.</summary>
    /// <param name="libtorch">The folder of libtorch that the user names, or null to search the usual places.</param>
    public static IReadOnlyList<SetupCheck> Examine(string? libtorch = null) =>
    [
        HostChecks.Runtime(),
        .. EngineChecks.Run(libtorch),
        .. ImagingChecks.Run(),
        HostChecks.Processor(),
        HostChecks.Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        HostChecks.Cache(BridgeBuilder.CacheFolder),
    ];

    /// <summary>The packages that mend what is missing or slow, each once, in the names of this machine's distribution.</summary>
    public static IReadOnlyList<string> PackagesToInstall(IEnumerable<SetupCheck> checks, bool isUbuntu) =>
    [
        .. checks.Where(check => check.State != CheckState.Ok).SelectMany(check => check.Packages)
            .Select(package => isUbuntu && package == "libturbojpeg0" ? "libturbojpeg" : package).Distinct(),
    ];

    /// <summary>Whether this is Ubuntu or built on it: one package has another name there than in Debian.</summary>
    public static bool IsUbuntu => OperatingSystem.IsLinux() && File.Exists("/etc/os-release")
        && File.ReadLines("/etc/os-release").Any(line =>
            (line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            && line.Contains("ubuntu", StringComparison.Ordinal));
}
