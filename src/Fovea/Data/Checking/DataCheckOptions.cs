namespace Fovea.Data.Checking;

/// <summary>How a data set is checked.</summary>
public sealed record DataCheckOptions
{
    private readonly int _mostOfAKind = 1000;

    /// <summary>Decode every picture in full. Default true. Without it only names and annotations are checked: no damaged pictures,
    /// wrong sizes or duplicates are found.</summary>
    public bool DecodePictures { get; init; } = true;

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
