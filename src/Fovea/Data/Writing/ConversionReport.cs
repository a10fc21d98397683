namespace Fovea.Data.Writing;

/// <summary>What a conversion wrote, and what it could not keep.</summary>
/// <param name="Output">The folder that was written.</param>
/// <param name="Format">Its format.</param>
/// <param name="Splits">Its splits by their names in the source.</param>
public sealed record ConversionReport(string Output, DatasetFormat Format, IReadOnlyList<ConvertedSplit> Splits)
{
    /// <summary>How often each loss occurred; empty where nothing was lost.</summary>
    public required IReadOnlyDictionary<ConversionLoss, int> Losses { get; init; }

    /// <summary>The losses in words, one line a kind.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    /// <summary>Things worth knowing that are no losses, such as a split that was left out.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>One split that was written.</summary>
/// <param name="Name">Its name in the source.</param>
/// <param name="Pictures">Number of pictures.</param>
/// <param name="Objects">Number of objects that were written.</param>
public sealed record ConvertedSplit(string Name, int Pictures, int Objects);
