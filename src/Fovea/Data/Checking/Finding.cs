namespace Fovea.Data.Checking;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Training would work; whether the data are as meant is for a person to say.</summary>
    Warning,

    /// <summary>Training would fail, or learn from something that is wrong.</summary>
    Error,
}

/// <summary>One thing that is wrong with a data set, and where.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Location">The file, and the line in it where there is one.</param>
/// <param name="Message">What was found and what was expected, in one sentence.</param>
public sealed record Finding(FindingKind Kind, DataLocation Location, string Message)
{
    /// <summary>How much it matters; decided by the kind.</summary>
    public Severity Severity => Kind switch
    {
        FindingKind.NoAnnotations or FindingKind.DuplicateBox or FindingKind.DuplicatePicture
            or FindingKind.OutOfPicture or FindingKind.DegenerateBox or FindingKind.NoPicture or FindingKind.EmptyClass
            or FindingKind.NoLabels or FindingKind.WrongMask => Severity.Warning,
        _ => Severity.Error,
    };

    /// <summary>Written as a compiler's line: place, severity, message.</summary>
    public override string ToString() => $"{Location}: {(Severity == Severity.Error ? "error" : "warning")}: {Message}";
}
