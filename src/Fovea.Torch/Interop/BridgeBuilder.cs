namespace Fovea.Torch.Interop;

/// <summary>Compiles the bridge against the libtorch of this machine, once, and keeps it in the user's cache.</summary>
public static class BridgeBuilder
{
    private const long BytesPerCompiler = 2L << 30; // what g++ was seen to need for libtorch's headers, rounded up
    private const string GroupsWord = "c10d"; // in what compilers and linkers say of process groups

    /// <summary>Where this program keeps what it compiles: <c>$XDG_CACHE_HOME/fovea</c>, else <c>~/.cache/fovea</c>.</summary>
    public static string CacheFolder => BridgeCache.DefaultFolder(MachineView.Real);

    /// <summary>The shared object of the bridge for a libtorch, compiled now if it is not in the cache yet.</summary>
    /// <param name="libtorch">What <see cref="LibTorchLocator.Find(string?)"/> found.</param>
    /// <param name="progress">Is told when a build begins, which takes about twenty seconds, and when it ends. May be null.</param>
    /// <returns>The file's full path.</returns>
    /// <remarks>May be called by several threads and processes at once: one builds, the others wait for it.</remarks>
    /// <exception cref="TorchSetupException">No compiler, or it failed: the message shows its first errors.</exception>
    public static string EnsureBuilt(LibTorch libtorch, Action<string>? progress = null) =>
        EnsureBuilt(libtorch, SourceFolder, MachineView.Real, progress);

    /// <summary>Whether some compiler has already built the bridge for a libtorch; then none is needed any more.</summary>
    internal static bool IsBuilt(LibTorch libtorch, string sourceFolder, MachineView machine) =>
        Directory.Exists(sourceFolder) && Directory.EnumerateFiles(sourceFolder, "*.cpp").Any()
        && new BridgeCache(BridgeCache.DefaultFolder(machine), BridgeSources.In(sourceFolder), libtorch).Any() is not null;

    internal static string SourceFolder => Path.Combine(AppContext.BaseDirectory, "native");

    internal static string EnsureBuilt(LibTorch libtorch, string sourceFolder, MachineView machine, Action<string>? progress)
    {
        BridgeSources sources = BridgeSources.In(sourceFolder);
        var cache = new BridgeCache(BridgeCache.DefaultFolder(machine), sources, libtorch);
        if (CxxCompiler.Find(machine) is not { } compiler)
            return cache.Any() ?? throw new TorchSetupException(
                "No C++ compiler on this machine: neither $CXX, g++, clang++ nor c++. It compiles the bridge to libtorch, once. "
                + $"Install one: {LibTorchLocator.InstallCommand}");

        string target = cache.PathFor(compiler);
        if (File.Exists(target))
            return target;
        try
        {
            BuildAlone(libtorch, sources, compiler, target, progress);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TorchSetupException(
                $"The bridge could not be built in '{Path.GetDirectoryName(target)}': {error.Message} "
                + "Make that folder writable, or name another cache folder with the variable XDG_CACHE_HOME.", error);
        }
        return target;
    }

    private static void BuildAlone(
        LibTorch libtorch, BridgeSources sources, CxxCompiler compiler, string target, Action<string>? progress)
    {
        string folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        using FileStream held = BuildLock.Take(folder, progress);
        if (File.Exists(target))
            return; // another process built it while this one waited
        foreach (string abandoned in Directory.GetDirectories(folder, "build-*"))
            Directory.Delete(abandoned, recursive: true);

        progress?.Invoke($"Building the bridge to libtorch {libtorch.Version} (once, about 20 s) ...");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        string scratch = Path.Combine(folder, $"build-{Environment.ProcessId}");
        Directory.CreateDirectory(scratch);
        try
        {
            string built = Path.Combine(scratch, BridgeCache.FileName);
            Compile(libtorch, sources, compiler, scratch, built, progress);
            File.Move(built, target);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
        progress?.Invoke($"Built the bridge in {watch.Elapsed.TotalSeconds:0} s.");
    }

    // A libtorch that was built without c10d or Gloo still brings their headers. One process needs neither.
    private static void Compile(
        LibTorch libtorch, BridgeSources sources, CxxCompiler compiler, string scratch, string target, Action<string>? progress)
    {
        var command = new BridgeCommand(libtorch);
        try
        {
            CompileAndLink(command, libtorch, sources, compiler, scratch, target).GetAwaiter().GetResult();
        }
        catch (TorchSetupException error) when (command.HasGroups && error.Message.Contains(GroupsWord, StringComparison.Ordinal))
        {
            progress?.Invoke($"Without process groups, which this libtorch does not have ({error.Message.Split('\n')[1].Trim()}) ...");
            command = new BridgeCommand(libtorch, withGroups: false);
            CompileAndLink(command, libtorch, sources, compiler, scratch, target).GetAwaiter().GetResult();
        }
    }

    private static async Task CompileAndLink(
        BridgeCommand command, LibTorch libtorch, BridgeSources sources, CxxCompiler compiler, string scratch, string target)
    {
        (string Source, string Object)[] units =
            [.. sources.Units.Select(unit => (unit, Path.Combine(scratch, Path.GetFileNameWithoutExtension(unit) + ".o")))];
        long affordable = Math.Max(1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerCompiler);
        var options = new ParallelOptions { MaxDegreeOfParallelism = (int)Math.Min(affordable, Environment.ProcessorCount) };
        await Parallel.ForEachAsync(units, options, async (unit, cancel) =>
        {
            (int status, string output) = await compiler.RunAsync(command.Compile(unit.Source, unit.Object), cancel).ConfigureAwait(false);
            if (status != 0)
                throw Failed($"compiling {Path.GetFileName(unit.Source)}", libtorch, compiler, output);
        }).ConfigureAwait(false);

        (int linked, string message) = await compiler.RunAsync(
            command.Link(units.Select(unit => unit.Object), target), CancellationToken.None).ConfigureAwait(false);
        if (linked != 0)
            throw Failed("linking the bridge", libtorch, compiler, message);
    }

    private static TorchSetupException Failed(string what, LibTorch libtorch, CxxCompiler compiler, string output)
    {
        const int Shown = 5;
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] errors = [.. lines.Where(line => line.Contains("error:", StringComparison.Ordinal)
            || line.Contains("undefined reference", StringComparison.Ordinal) || line.Contains("cannot find", StringComparison.Ordinal))];
        string shown = string.Join(Environment.NewLine, (errors.Length > 0 ? errors : lines).Take(Shown).Select(line => "  " + line));
        return new TorchSetupException(
            $"'{compiler.Path}' failed at {what} against libtorch {libtorch.Version} in '{libtorch.Root}':{Environment.NewLine}"
            + shown + Environment.NewLine + Advice(output));
    }

    private static string Advice(string output) => output switch
    {
        _ when output.Contains("No such file or directory", StringComparison.Ordinal)
            || output.Contains("cannot find -l", StringComparison.Ordinal) =>
            $"A header or library is missing. Install everything that is needed: {LibTorchLocator.InstallCommand}",
        _ when output.Contains("Killed", StringComparison.Ordinal)
            || output.Contains("out of memory", StringComparison.OrdinalIgnoreCase) =>
            "The compiler ran out of memory: it needs about 2 GB. Free some and start again.",
        _ when output.Contains("No space left", StringComparison.Ordinal) =>
            "The disk is full. Free about 50 MB, or name another cache folder with the variable XDG_CACHE_HOME.",
        _ => $"A C++17 compiler (g++ 9, clang++ 10 or later) and libtorch {LibTorchLocator.Oldest} or later are needed. "
            + "Name another libtorch with --libtorch, or another compiler with the variable CXX.",
    };
}
