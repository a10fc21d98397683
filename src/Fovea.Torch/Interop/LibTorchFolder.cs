using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Fovea.Torch.Interop;

/// <summary>Looks at one folder: is there a libtorch in it, and what can it do?</summary>
internal static partial class LibTorchFolder
{
    /// <summary>The multi-architecture folder of Debian and its descendants, such as <c>x86_64-linux-gnu</c>.</summary>
    internal static string Triplet => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "x86_64-linux-gnu",
        Architecture.Arm64 => "aarch64-linux-gnu",
        Architecture other => other.ToString().ToLowerInvariant() + "-linux-gnu",
    };

    /// <summary>The libtorch whose root is <paramref name="root"/>, or null where headers or libraries are missing or unreadable.</summary>
    internal static LibTorch? Inspect(string root, LibTorchOrigin origin)
    {
        try
        {
            return InspectReadable(root, origin);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static LibTorch? InspectReadable(string root, LibTorchOrigin origin)
    {
        string include = Path.Combine(root, "include");
        string api = Path.Combine(include, "torch", "csrc", "api", "include");
        if (!File.Exists(Path.Combine(api, "torch", "torch.h")) || FindLibraries(root) is not { } libraries)
            return null;
        return new LibTorch(
            origin,
            root,
            [include, api],
            libraries,
            ReadVersion(include, api),
            File.Exists(Path.Combine(libraries, "libtorch_cuda.so")),
            UsesCxx11Abi(Path.Combine(libraries, "libc10.so")),
            HasFastBlas(libraries));
    }

    /// <summary>The folder under <paramref name="root"/> that holds libtorch's shared objects, or null.</summary>
    internal static string? FindLibraries(string root) =>
        new[] { Path.Combine("lib", Triplet), "lib64", "lib" }
            .Select(folder => Path.Combine(root, folder))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so"))
                && File.Exists(Path.Combine(folder, "libc10.so")));

    // The numbers moved to torch/headeronly in later releases.
    private static Version ReadVersion(string include, string api)
    {
        foreach (string header in new[]
                 {
                     Path.Combine(api, "torch", "version.h"), Path.Combine(include, "torch", "headeronly", "version.h"),
                 })
        {
            if (!File.Exists(header))
                continue;
            Dictionary<string, int> parts = VersionLine().Matches(File.ReadAllText(header))
                .DistinctBy(match => match.Groups[1].Value)
                .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
            if (parts.TryGetValue("MAJOR", out int major) && parts.TryGetValue("MINOR", out int minor))
                return new Version(major, minor, parts.GetValueOrDefault("PATCH"));
        }
        return new Version(0, 0, 0);
    }

    // The constructor of c10::Error is exported by every release and takes a std::string, whose mangled name tells the ABI.
    private static bool UsesCxx11Abi(string libc10)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(libc10);
        if (bytes.IndexOf("_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx11"u8) >= 0)
            return true;
        return bytes.IndexOf("_ZN3c105ErrorC1ENS_14SourceLocationESs"u8) < 0;
    }

    // Debian's libtorch calls whatever libblas.so.3 stands for; every other build carries a fast one inside.
    private static bool HasFastBlas(string libraries)
    {
        string blas = Path.Combine(libraries, "libblas.so.3");
        if (!File.Exists(blas))
            return true;
        string target = FinalTarget(blas);
        return new[] { "openblas", "mkl", "blis", "atlas", "flexiblas" }.Any(name => target.Contains(name, StringComparison.Ordinal));
    }

    private static string FinalTarget(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    [GeneratedRegex(@"#define\s+TORCH_VERSION_(MAJOR|MINOR|PATCH)\s+(\d{1,6})\b")]
    private static partial Regex VersionLine();
}
