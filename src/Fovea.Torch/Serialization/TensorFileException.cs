namespace Fovea.Torch.Serialization;

/// <summary>A file of tensors could not be read or written. The message names the file, what was found in it, and what would
/// be right.</summary>
public sealed class TensorFileException : IOException
{
    /// <summary>An error about one file.</summary>
    /// <param name="path">The file, as the caller named it.</param>
    /// <param name="problem">What was found and what was expected, in one or two sentences.</param>
    /// <param name="inner">The cause, where another error brought this one about.</param>
    public TensorFileException(string path, string problem, Exception? inner = null) : base($"{path}: {problem}", inner) =>
        (Path, Problem) = (path, problem);

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>The message without the file.</summary>
    public string Problem { get; }
}
