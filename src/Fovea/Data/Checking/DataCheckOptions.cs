namespace Fovea.Data.Checking;

/// <summary>How a data set is checked.</summary>
public sealed record DataCheckOptions
{
    private readonly int _mostOfAKind = 1000;

    /// <summary>Decode every picture in full. Default true. Without it only names and annotations are checked: no damaged pictures,
    /// wrong sizes of annotation files or duplicates are found. Masks are always read.</summary>
    public bool DecodePictures { get; init; } = true;

    /// <summary>What is to be checked where a folder tells several kinds of its pictures; null for what <see cref="Dataset.Recognise"/>
    /// takes then.</summary>
    public AnnotationKind? Wanted { get; init; }

    /// <summary>Findings of one kind that are listed; further ones are only counted. Default 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int MostOfAKind
    {
        get => _mostOfAKind;
        init => _mostOfAKind = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one finding of a kind has to be listed.");
    }

    /// <summary>Told how many of the pictures are decoded, from several threads; null where nobody wants to know.</summary>
    public IProgress<(int Done, int Total)>? Progress { get; init; }
}
