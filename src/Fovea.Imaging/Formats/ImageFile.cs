using System.Buffers;

namespace Fovea.Imaging.Formats;

/// <summary>Reads whole files within the limits, and writes files so that nobody ever sees half of one.</summary>
internal static class ImageFile
{
    /// <summary>Larger files get an array of their own, so that the shared pool does not hoard it.</summary>
    private const int LargestPooled = 16 << 20;

    public delegate T Use<T>(ReadOnlySpan<byte> data);

    /// <summary>Hands the bytes of a file to <paramref name="use"/>; they are valid only during the call.</summary>
    public static T Read<T>(string path, ImageLimits limits, Use<T> use)
    {
        byte[]? pooled = null;
        try
        {
            byte[] buffer;
            int length;
            using (FileStream file = Open(path, bufferSize: 1)) // read in one go, so a buffer would only add a copy
            {
                limits.CheckLength(file.Length, path);
                length = (int)file.Length;
                buffer = length <= LargestPooled ? pooled = ArrayPool<byte>.Shared.Rent(length)
                    : GC.AllocateUninitializedArray<byte>(length);
                try
                {
                    length = file.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false);
                }
                catch (IOException e)
                {
                    throw new ImageException($"{path}: the file cannot be read: {e.Message}", e);
                }
            }
            return use(buffer.AsSpan(0, length));
        }
        finally
        {
            if (pooled is not null) ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    public static FileStream Open(string path, int bufferSize)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException($"{path}: there is no such file.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ImageException(Directory.Exists(path)
                ? $"{path}: this is a folder; a picture file was expected."
                : $"{path}: the file may not be read (no permission).", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new ImageException($"{path}: the file cannot be opened: {e.Message}", e);
        }
    }

    public static MemoryStream ReadToEnd(Stream stream, string name, ImageLimits limits)
    {
        var copy = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(81920);
        try
        {
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                limits.CheckLength(copy.Length + read, name);
                copy.Write(buffer, 0, read);
            }
            return copy;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes to a temporary name beside the file, flushes, and renames.</summary>
    public static void Write(string path, byte[] data)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(data);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception cleanup) when (cleanup is IOException or UnauthorizedAccessException)
            {
                // The first error says what is wrong; this one would only repeat it.
            }
            throw new ImageException($"{path}: the picture cannot be written: {e.Message}", e);
        }
    }
}
