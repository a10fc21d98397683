namespace Fovea.Data;

/// <summary>A picture or a batch could not be made ready. The message names the file; the cause is the inner exception.</summary>
public sealed class DataLoadException(string message, Exception inner) : IOException(message, inner);
