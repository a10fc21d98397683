using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Fovea.Cli.Packing;

/// <summary>Writes a folder into a <c>.tar.xz</c> (through the program <c>xz</c>, since .NET has no such stream) or a
/// <c>.tar.gz</c>.</summary>
internal static class TarFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Whether the name ends in one of the two kinds.</summary>
    public static bool Supports(string file) =>
        file.EndsWith(".tar.xz", StringComparison.Ordinal) || file.EndsWith(".tar.gz", StringComparison.Ordinal);

    /// <summary>Writes <paramref name="folder"/>, under its own name, to <paramref name="file"/>, which appears only when it is
    /// complete.</summary>
    /// <remarks>Files belong to root and to nobody's name, in the order of their names: equal folders give equal archives but for
    /// their times.</remarks>
    /// <param name="folder">The folder to pack.</param>
    /// <param name="file">The archive to write, replaced where it exists.</param>
    /// <param name="isExecutable">Tells which files, by their path in the folder, may be run.</param>
    /// <param name="cancel">Stops the work and removes what was written.</param>
    /// <exception cref="PackException">There is no program <c>xz</c>, or it failed.</exception>
    public static async Task WriteAsync(string folder, string file, Func<string, bool> isExecutable, CancellationToken cancel)
    {
        string unfinished = $"{file}.{Environment.ProcessId}.part";
        try
        {
            await using (FileStream output = File.Create(unfinished))
            {
                if (file.EndsWith(".gz", StringComparison.Ordinal))
                {
                    await using var gzip = new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true);
                    await WriteTarAsync(folder, gzip, isExecutable, cancel).ConfigureAwait(false);
                }
                else
                {
                    await ThroughXzAsync(input => WriteTarAsync(folder, input, isExecutable, cancel), output, cancel).ConfigureAwait(false);
                }
                output.Flush(flushToDisk: true);
            }
            File.Move(unfinished, file, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static async Task WriteTarAsync(string folder, Stream output, Func<string, bool> isExecutable, CancellationToken cancel)
    {
        string top = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            await using FileStream content = File.OpenRead(path);
            var entry = new PaxTarEntry(TarEntryType.RegularFile, $"{top}/{name}")
            {
                Mode = isExecutable(name) ? Executable : Readable,
                ModificationTime = File.GetLastWriteTimeUtc(path),
                DataStream = content,
            };
            await tar.WriteEntryAsync(entry, cancel).ConfigureAwait(false);
        }
    }

    private static async Task ThroughXzAsync(Func<Stream, Task> write, Stream output, CancellationToken cancel)
    {
        Process xz;
        try
        {
            xz = Process.Start(new ProcessStartInfo("xz", ["--compress", "--stdout", "--threads=0", "-6"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PackException(
                "The program 'xz' could not be started. Install it (apt-get install xz-utils), or name a file that ends in .tar.gz.",
                    error);
        }
        using (xz)
        {
            try
            {
                Task copy = xz.StandardOutput.BaseStream.CopyToAsync(output, cancel);
                await write(xz.StandardInput.BaseStream).ConfigureAwait(false);
                xz.StandardInput.Close();
                await copy.ConfigureAwait(false);
                await xz.WaitForExitAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                if (!xz.HasExited)
                    xz.Kill();
            }
            if (xz.ExitCode != 0)
                throw new PackException($"The program 'xz' failed with status {xz.ExitCode}. Is there room on the disk and in memory?");
        }
    }
}
