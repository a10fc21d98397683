namespace Fovea.Torch;

/// <summary>libtorch refused an operation, or could not be found or loaded. The message is libtorch's own first line, preceded
/// by the operation and the shapes that met.</summary>
public sealed class TorchException : Exception
{
    /// <summary>An error with its message.</summary>
    public TorchException(string message) : base(message) { }

    /// <summary>An error with its message and cause.</summary>
    public TorchException(string message, Exception inner) : base(message, inner) { }
}
