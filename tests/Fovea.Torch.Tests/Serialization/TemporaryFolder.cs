namespace Fovea.Torch.Tests.Serialization;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fovea-test-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Takes the last byte off a file, again and again until it is empty.</summary>
    public IEnumerable<string> Shortened(string path)
    {
        for (long length = new FileInfo(path).Length - 1; length >= 0; length--)
        {
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write)) stream.SetLength(length);
            yield return path;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
