namespace Fovea.Torch.Interop;

/// <summary>The C++ files of the bridge, which travel with the program.</summary>
internal sealed class BridgeSources
{
    private readonly string[] _files;

    private BridgeSources(string folder, string[] files)
    {
        Folder = folder;
        _files = files;
    }

    /// <summary>The folder that holds them.</summary>
    internal string Folder { get; }

    /// <summary>The files that are compiled, one by one.</summary>
    internal IReadOnlyList<string> Units => [.. _files.Where(file => file.EndsWith(".cpp", StringComparison.Ordinal))];

    /// <summary>The sources in a folder.</summary>
    /// <exception cref="TorchSetupException">There are none: the program was copied without them.</exception>
    internal static BridgeSources In(string folder)
    {
        string[] files = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".cpp" or ".h").Order(StringComparer.Ordinal)]
            : [];
        if (!files.Any(file => file.EndsWith(".cpp", StringComparison.Ordinal)))
            throw new TorchSetupException(
                $"The bridge's C++ files are not in '{folder}', where they belong beside the program. Build or unpack the program again.");
        return new BridgeSources(folder, files);
    }

    /// <summary>Adds every file's name and content to a fingerprint.</summary>
    internal void AppendTo(Fingerprint fingerprint)
    {
        foreach (string file in _files)
        {
            byte[] content = File.ReadAllBytes(file);
            fingerprint.Add($"{Path.GetRelativePath(Folder, file)} {content.Length}");
            fingerprint.Add(content);
        }
    }
}
