using Fovea.Data.Reading;

namespace Fovea.Data.Checking;

/// <summary>Gathers findings in bounded memory: of each kind the first so many, and the count of all.</summary>
internal sealed class FindingCollector(int mostOfAKind)
{
    private readonly List<Fault> _listed = [];
    private readonly SortedDictionary<FindingKind, int> _counts = [];

    public IReadOnlyDictionary<FindingKind, int> Counts => _counts;

    public void Add(Fault fault)
    {
        int before = _counts.GetValueOrDefault(fault.Kind);
        _counts[fault.Kind] = before + 1;
        if (before < mostOfAKind) _listed.Add(fault);
    }

    public void Add(FindingKind kind, FilePosition position, string message) => Add(new Fault(kind, position, message));

    /// <summary>The listed findings in lines instead of byte offsets, sorted.</summary>
    public IReadOnlyList<Finding> Sorted()
    {
        DataLocation[] locations = FilePosition.Resolve([.. _listed.Select(f => f.Position)]);
        return [.. _listed.Zip(locations, (fault, location) => new Finding(fault.Kind, location, fault.Message))
            .OrderBy(f => f.Location.File, StringComparer.Ordinal).ThenBy(f => f.Location.Line).ThenBy(f => f.Location.Column)
            .ThenBy(f => f.Kind).ThenBy(f => f.Message, StringComparer.Ordinal)];
    }
}
