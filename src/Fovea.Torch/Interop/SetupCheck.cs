namespace Fovea.Torch.Interop;

/// <summary>How a check of the machine came out.</summary>
public enum CheckState
{
    /// <summary>There, and as it should be.</summary>
    Ok,

    /// <summary>Fovea works, but slower or with less than the machine could give.</summary>
    Warning,

    /// <summary>Fovea, or a part of it, does not work without it.</summary>
    Missing,
}

/// <summary>One line of <c>fovea doctor</c>: something that Fovea needs of the machine, and whether it is there.</summary>
/// <param name="Name">What was looked for, in one or two words.</param>
/// <param name="State">How it came out.</param>
/// <param name="Found">What was found, or what is missing and what that means.</param>
/// <param name="Mend">The command, or the words, that mend it; null where nothing needs mending.</param>
public sealed record SetupCheck(string Name, CheckState State, string Found, string? Mend = null)
{
    /// <summary>The Debian packages that mend it; empty where no package does.</summary>
    public IReadOnlyList<string> Packages { get; private init; } = [];

    /// <summary>Something that Debian packages mend.</summary>
    public static SetupCheck Installable(string name, CheckState state, string found, params string[] packages) =>
        new(name, state, found, $"apt-get install {string.Join(' ', packages)}") { Packages = packages };
}
