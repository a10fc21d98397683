namespace Fovea.Torch.Serialization;

/// <summary>Writes files that are either the old ones or the new ones, whatever happens meanwhile.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes to <c>path.tmp</c>, flushes it to the disk, then renames it over <paramref name="path"/>. Where writing fails,
    /// the old file stays and the
    /// temporary one is removed; where the process is killed, the next write replaces the temporary one.
    /// </summary>
    /// <param name="path">The file to make or to replace. Its folder must exist.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="TensorFileException">The disk is full, the folder is missing or may not be written, or another process
    /// writes the same file.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string temporary = path + ".tmp";
        bool created = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                created = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            if (created) File.Delete(temporary);
            if (e is not TensorFileException && e is IOException or UnauthorizedAccessException)
                throw new TensorFileException(path, $"cannot be written: {e.Message}", e);
            throw;
        }
    }
}
