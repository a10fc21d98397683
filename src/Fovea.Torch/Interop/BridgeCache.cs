using System.Globalization;

namespace Fovea.Torch.Interop;

/// <summary>Where compiled bridges are kept: <c>CACHE/bridge/KEY/COMPILER/libfovea_bridge.so</c>.</summary>
/// <remarks>KEY covers the bridge's sources and the libtorch; COMPILER the compiler. Without a compiler, any bridge of the key will
/// do.</remarks>
internal sealed class BridgeCache
{
    internal const string FileName = "libfovea_bridge.so";

    private readonly string _keyed;

    internal BridgeCache(string cacheFolder, BridgeSources sources, LibTorch libtorch) =>
        _keyed = Path.Combine(cacheFolder, "bridge", Key(sources, libtorch));

    /// <summary>
    /// The user's cache folder of this program: <c>$XDG_CACHE_HOME/fovea</c>, else <c>~/.cache/fovea</c>; for a user without a
    /// home, <c>cache</c> beside the program. Never the shared temporary folder, where another user could leave a library for us to load.
    /// </summary>
    internal static string DefaultFolder(MachineView machine)
    {
        if (machine.Value("XDG_CACHE_HOME") is { } cache && Path.IsPathRooted(cache))
            return Path.Combine(cache, "fovea");
        return machine.Home is { } home && Directory.Exists(home)
            ? Path.Combine(home, ".cache", "fovea")
            : Path.Combine(AppContext.BaseDirectory, "cache");
    }

    /// <summary>The place of the bridge that <paramref name="compiler"/> makes.</summary>
    internal string PathFor(CxxCompiler compiler)
    {
        var fingerprint = new Fingerprint();
        fingerprint.Add(compiler.Identity);
        return Path.Combine(_keyed, fingerprint.ToString(), FileName);
    }

    /// <summary>A bridge that any compiler made, or null.</summary>
    internal string? Any() =>
        MachineView.Folders(_keyed, "*").Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists);

    private static string Key(BridgeSources sources, LibTorch libtorch)
    {
        var fingerprint = new Fingerprint();
        sources.AppendTo(fingerprint);
        var command = new BridgeCommand(libtorch);
        foreach (string argument in command.Compile("source", "object").Concat(command.Link(["object"], "target")))
            fingerprint.Add(argument);
        foreach (string library in new[] { "libtorch_cpu.so", "libc10.so" })
        {
            string path = Path.Combine(libtorch.LibraryDirectory, library);
            var file = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
            fingerprint.Add(string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}"));
        }
        return fingerprint.ToString();
    }
}
