namespace Fovea.Data.Checking;

/// <summary>What a split holds.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Pictures">Pictures whose annotations could be read.</param>
/// <param name="Boxes">Their boxes, with those that are found fault with.</param>
public sealed record CheckedSplit(string Name, int Pictures, int Boxes);

/// <summary>The result of <see cref="DataCheck"/>: plain values, the same at every run and for every number of threads.</summary>
/// <param name="Path">What was checked.</param>
/// <param name="Format">Its format.</param>
/// <param name="Classes">The class names, in the order of their index.</param>
/// <param name="Splits">What was looked at.</param>
/// <param name="Findings">What is wrong, sorted by file, line and kind.</param>
/// <param name="Counts">How many findings there are of each kind that occurs, with those that are not listed.</param>
/// <param name="Notes">Things worth knowing that are not wrong.</param>
public sealed record DataCheckReport(
    string Path,
    DatasetFormat Format,
    IReadOnlyList<string> Classes,
    IReadOnlyList<CheckedSplit> Splits,
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<FindingKind, int> Counts,
    IReadOnlyList<string> Notes)
{
    /// <summary>What is told of the pictures.</summary>
    public AnnotationKind Kind { get; init; }

    /// <summary>The classes of the pictures' second map, in the order of their index; empty where there is none.</summary>
    public IReadOnlyList<string> SecondClasses { get; init; } = [];

    /// <summary>True where each picture has one class as a whole, and boxes are not expected.</summary>
    public bool IsOfWholePictures => Kind == AnnotationKind.Classes;

    /// <summary>True when nothing was found.</summary>
    public bool IsClean => Counts.Count == 0;

    /// <summary>All findings, with those that are not listed.</summary>
    public int Total => Counts.Values.Sum();
}
