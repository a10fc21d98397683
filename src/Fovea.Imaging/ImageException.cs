namespace Fovea.Imaging;

/// <summary>A picture could not be read or written. The message names the file, what was found, and what would be right.</summary>
public sealed class ImageException : IOException
{
    /// <summary>An error with its message.</summary>
    public ImageException(string message) : base(message) { }

    /// <summary>An error with its message and cause.</summary>
    public ImageException(string message, Exception inner) : base(message, inner) { }
}
