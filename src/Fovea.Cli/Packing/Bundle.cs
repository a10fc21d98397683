namespace Fovea.Cli.Packing;

/// <summary>
/// A bundle: the program with .NET inside and the bridge's source, for any x64 Linux that has libtorch or PyTorch and a C++
/// compiler. Nothing of libtorch is in it.
/// </summary>
internal static class Bundle
{
    /// <summary>What a bundle may weigh: it is copied to clusters over slow links.</summary>
    public const long LargestBytes = 60_000_000;

    private const string RuntimeId = "linux-x64";

    // POSIX only: the machine that it meets may have no bash.
    private const string Launcher = """
        #!/bin/sh
        # Fovea with .NET inside. Needs libtorch or PyTorch 1.13 or later, and a C++ compiler that joins the two at the first use.
        # LIBTORCH names a libtorch in an unusual place. "fovea doctor" tells what is missing.
        self=$(readlink -f "$0")
        exec "${self%/*}/lib/Fovea.Cli" "$@"

        """;

    /// <summary>Builds the program and writes the bundle.</summary>
    /// <returns>The size of <paramref name="file"/> in bytes.</returns>
    /// <exception cref="PackException">The build failed, a tool is missing, or the bundle came out too large.</exception>
    public static async Task<long> MakeAsync(SourceCheckout source, string file, Action<string> progress, CancellationToken cancel)
    {
        string version = typeof(Bundle).Assembly.GetName().Version!.ToString(3);
        string scratch = Directory.CreateTempSubdirectory("fovea-pack-").FullName;
        try
        {
            string stage = Directory.CreateDirectory(Path.Combine(scratch, $"fovea-{version}-{RuntimeId}")).FullName;
            progress($"Building fovea {version} for {RuntimeId} with .NET inside ...");
            await source.PublishAsync(RuntimeId, Path.Combine(stage, "lib"), cancel).ConfigureAwait(false);
            DropWhatIsNotRun(Path.Combine(stage, "lib"));
            await File.WriteAllTextAsync(Path.Combine(stage, "fovea"), Launcher, cancel).ConfigureAwait(false);
            File.Copy(Path.Combine(source.Root, "LICENSE"), Path.Combine(stage, "LICENSE"));

            progress($"Compressing to {file} ...");
            await TarFile.WriteAsync(stage, file, name => name is "fovea" or "lib/Fovea.Cli" or "lib/createdump", cancel)
                .ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
        long bytes = new FileInfo(file).Length;
        if (bytes > LargestBytes)
            throw new PackException($"{file} has {bytes:N0} bytes, more than the {LargestBytes:N0} of a bundle. A .tar.xz is smaller " +
                "than a .tar.gz.");
        return bytes;
    }

    // The debugger's side of .NET and the documentation of our own assemblies.
    private static void DropWhatIsNotRun(string folder)
    {
        foreach (string file in Directory.GetFiles(folder))
            if (Path.GetFileName(file) is "libmscordaccore.so" or "libmscordbi.so"
                || Path.GetExtension(file) == ".pdb"
                || (Path.GetExtension(file) == ".xml" && File.Exists(Path.ChangeExtension(file, ".dll"))))
                File.Delete(file);
    }
}
