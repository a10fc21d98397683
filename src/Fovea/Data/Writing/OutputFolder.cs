using System.Runtime.InteropServices;

namespace Fovea.Data.Writing;

/// <summary>A folder that appears only when it is complete: it is filled under another name beside it.</summary>
internal sealed partial class OutputFolder : IDisposable
{
    private readonly string _target;
    private readonly bool _links;
    private bool _isDone;

    /// <summary>Makes the folder to fill.</summary>
    /// <param name="target">The folder that will be there; it must not be, or be empty.</param>
    /// <param name="links">Whether pictures are hard-linked, not copied.</param>
    /// <exception cref="DataException">There is something, or the folder cannot be made.</exception>
    public OutputFolder(string target, bool links)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        _links = links;
        ExpectNothing(target);
        Root = $"{_target}.{Guid.NewGuid():N}.part";
        try
        {
            Directory.CreateDirectory(Root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"the folder {target} cannot be made. {e.Message}", e);
        }
    }

    /// <summary>The folder to fill.</summary>
    public string Root { get; }

    /// <summary>A data set is only written where nothing is.</summary>
    /// <exception cref="DataException">There is a file, or a folder that is not empty.</exception>
    public static void ExpectNothing(string target)
    {
        if (File.Exists(target)) throw new DataException($"{target} is a file, but a folder to write was expected.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new DataException($"the folder {target} exists and is not empty. Nothing is written over it: name a new folder, or remove it.");
    }

    /// <summary>A folder below, made.</summary>
    public string Folder(params string[] names)
    {
        string path = Path.Combine([Root, .. names]);
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Puts a picture there.</summary>
    public void Place(string picture, string target)
    {
        if (!_links)
        {
            File.Copy(picture, target);
            File.SetAttributes(target, FileAttributes.Normal); // What was protected there is a copy here.
            return;
        }
        string file = new FileInfo(picture).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(picture);
        if (OperatingSystem.IsWindows() ? !LinkOnWindows(target, file, 0) : Link(file, target) != 0)
            throw new DataException($"{picture} cannot be linked to {Path.GetDirectoryName(_target)}: {Marshal.GetLastPInvokeErrorMessage()}. Hard links need " +
                "one file system for both; without links the pictures are copied.");
    }

    /// <summary>Gives the folder its name.</summary>
    public void Finish()
    {
        ExpectNothing(_target);
        if (Directory.Exists(_target)) Directory.Delete(_target);
        Directory.Move(Root, _target);
        _isDone = true;
    }

    /// <summary>Removes what was written, unless it is finished.</summary>
    public void Dispose()
    {
        if (!_isDone && Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string target);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool LinkOnWindows(string target, string file, nint security);
}
