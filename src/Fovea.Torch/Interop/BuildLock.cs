namespace Fovea.Torch.Interop;

/// <summary>Lets one process at a time build in a folder. The system releases it when its process ends, however it ends.</summary>
internal static class BuildLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Waits until no other process builds in <paramref name="folder"/>.</summary>
    /// <exception cref="TorchSetupException">Another process still builds after half an hour.</exception>
    internal static FileStream Take(string folder, Action<string>? progress)
    {
        string path = Path.Combine(folder, "lock");
        DateTime limit = DateTime.UtcNow + Patience;
        for (bool first = true; ; first = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (DateTime.UtcNow > limit)
                    throw new TorchSetupException(
                        $"Another process has held '{path}' for half an hour. End it, then start again.", error);
                if (first)
                    progress?.Invoke("Waiting for another process that builds the bridge ...");
                Thread.Sleep(100);
            }
        }
    }
}
