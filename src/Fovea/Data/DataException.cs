namespace Fovea.Data;

/// <summary>A data set cannot be read as it is. The message says where, what was found, and what was expected.</summary>
public sealed class DataException : IOException
{
    /// <summary>An error that belongs to no one file.</summary>
    public DataException(string message) : base(message) => Reason = message;

    /// <summary>An error that belongs to no one file, with its cause.</summary>
    public DataException(string message, Exception inner) : base(message, inner) => Reason = message;

    /// <summary>An error at a place in a file; the message begins with the place.</summary>
    public DataException(DataLocation location, string message) : base($"{location}: {message}") =>
        (Location, Reason) = (location, message);

    /// <summary>An error at a place in a file, with its cause.</summary>
    public DataException(DataLocation location, string message, Exception inner) : base($"{location}: {message}", inner) =>
        (Location, Reason) = (location, message);

    /// <summary>Where the error is; its file is empty where the error belongs to no one file.</summary>
    public DataLocation Location { get; } = new("");

    /// <summary>The message without the place.</summary>
    public string Reason { get; }
}
