namespace Fovea.Cli.Packing;

/// <summary>A bundle could not be made. The message says why and what to do.</summary>
internal sealed class PackException : Exception
{
    public PackException(string message) : base(message) { }

    public PackException(string message, Exception inner) : base(message, inner) { }
}
