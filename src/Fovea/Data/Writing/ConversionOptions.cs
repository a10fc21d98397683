namespace Fovea.Data.Writing;

/// <summary>What is converted, and how.</summary>
public sealed record ConversionOptions
{
    /// <summary>The splits to write; null for all, but for one like trainval whose pictures are all in others.</summary>
    public IReadOnlyList<string>? Splits { get; init; }

    /// <summary>Whether pictures are hard-linked, not copied: at once, and without room on the disk, but source and result must be on one file
    /// system, and who changes one changes the other. Default: false.</summary>
    public bool LinkPictures { get; init; }

    /// <summary>Told how many pictures of how many are done.</summary>
    public IProgress<(int Done, int Total)>? Progress { get; init; }
}
