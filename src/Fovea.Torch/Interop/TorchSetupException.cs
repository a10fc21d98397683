namespace Fovea.Torch.Interop;

/// <summary>Something that the engine needs is not on this machine. The message says what, and the command that mends it.</summary>
public sealed class TorchSetupException : Exception
{
    /// <summary>An error with its message.</summary>
    public TorchSetupException(string message) : base(message) { }

    /// <summary>An error with its message and cause.</summary>
    public TorchSetupException(string message, Exception inner) : base(message, inner) { }
}
