using System.IO.MemoryMappedFiles;

namespace Fovea.Torch.Serialization;

/// <summary>
/// A file mapped into memory and unmapped when the last of its users lets go: the object that opened it is one user, each
/// tensor that looks into it another.
/// </summary>
/// <remarks>
/// The mapping is copy-on-write. Pages are shared with the page cache until somebody writes to a tensor; then that page becomes
/// private, the file stays as it is, and an in-place operator does not crash the process as it would on a read-only page.
/// </remarks>
internal sealed unsafe class MappedFile
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private int _users = 1;

    private MappedFile(string path, MemoryMappedFile? map, MemoryMappedViewAccessor? view, byte* start, long length)
    {
        (Path, _map, _view, Length) = (path, map, view, length);
        _start = start;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Maps a file. The caller is its first user.</summary>
    /// <exception cref="TensorFileException">There is no such file, or it cannot be read or mapped.</exception>
    public static MappedFile Open(string path)
    {
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            if (Directory.Exists(path)) throw new TensorFileException(path, "is a folder; a file was expected.");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (!stream.CanSeek) throw new TensorFileException(path, "is a pipe or a device; a regular file was expected.");
            long length = stream.Length;
            if (length == 0) return new MappedFile(path, null, null, null, 0);
            map = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new MappedFile(path, map, view, start + view.PointerOffset, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            view?.Dispose();
            map?.Dispose();
            if (e is TensorFileException) throw;
            throw new TensorFileException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The address of a byte. The range that starts there must have been checked against <see cref="Length"/>.</summary>
    /// <exception cref="ObjectDisposedException">The file has been unmapped.</exception>
    public byte* Address(long offset)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _users) == 0, this);
        return _start + offset;
    }

    /// <summary>Bytes of the file, not copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in the file: a bug of the caller, who checks
    /// first.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length) throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(Address(offset), length);
    }

    /// <summary>Counts one more user, who must call <see cref="Release"/> once.</summary>
    /// <exception cref="ObjectDisposedException">The file has been unmapped.</exception>
    public MappedFile AddUser()
    {
        int users;
        do
        {
            users = Volatile.Read(ref _users);
            ObjectDisposedException.ThrowIf(users == 0, this);
        }
        while (Interlocked.CompareExchange(ref _users, users + 1, users) != users);
        return this;
    }

    /// <summary>One user lets go; the last one unmaps the file.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0 || _view is null) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }
}

/// <summary>One use of a mapped file, given back when it is disposed: what a tensor over the file holds.</summary>
internal sealed class FileUse(MappedFile file) : IDisposable
{
    private MappedFile? _file = file;

    public void Dispose() => Interlocked.Exchange(ref _file, null)?.Release();
}
