using Fovea.Data.Checking;

namespace Fovea.Data.Reading;

/// <summary>Something that a reader cannot accept. Opening a data set stops at the first; a check gathers them all.</summary>
internal readonly record struct Fault(FindingKind Kind, FilePosition Position, string Message)
{
    private const int LongestMessage = 1000;

    /// <summary>What was found and what was expected, in one line whatever names the files hold.</summary>
    public string Message { get; } = OneLine.Shorten(Message, LongestMessage);

    /// <summary>The fault that an error tells of.</summary>
    public static Fault Of(DataException error) => new(FindingKind.BadAnnotation,
        new FilePosition(error.Location.File, error.Location.Line, Column: error.Location.Column), error.Reason);

    /// <summary>The sink of a reader that must not go on: the fault becomes the error.</summary>
    /// <exception cref="DataException">Always.</exception>
    public static void Throw(Fault fault) => throw new DataException(fault.Position.Resolve(), fault.Message);
}
