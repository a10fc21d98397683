using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>The class list of one or more COCO files.</summary>
internal static class CocoClasses
{
    /// <summary>All categories in the order of their ids. An id or a name that occurs twice in a file, or that two files
    /// use differently, is a fault, and the first use holds.</summary>
    public static IReadOnlyList<Category> Union(IReadOnlyList<(string Path, CocoJson Json)> files, Action<Fault> faults)
    {
        var byId = new SortedDictionary<long, (string Name, string Path)>();
        var byName = new Dictionary<string, (long Id, string Path)>(StringComparer.Ordinal);
        foreach ((string path, CocoJson json) in files)
        {
            HashSet<long> ids = [];
            HashSet<string> names = new(StringComparer.Ordinal);
            foreach (CocoCategory category in json.Categories)
            {
                var position = new FilePosition(path, category.Offset, IsOffset: true);
                string name = OneLine.Shorten(category.Name);
                if (!ids.Add(category.Id))
                    faults(new Fault(FindingKind.DuplicateId, position, $"category id {category.Id} occurs twice."));
                else if (!names.Add(category.Name))
                    faults(new Fault(FindingKind.DuplicateId, position, $"the category name '{name}' occurs twice."));
                else if (byId.TryGetValue(category.Id, out var sameId) && sameId.Name != category.Name)
                    faults(new Fault(FindingKind.BadAnnotation, position,
                        $"category {category.Id} is '{name}' here, but '{OneLine.Shorten(sameId.Name)}' in {sameId.Path}."));
                else if (byName.TryGetValue(category.Name, out var sameName) && sameName.Id != category.Id)
                    faults(new Fault(FindingKind.BadAnnotation, position,
                        $"category '{name}' has id {category.Id} here, but {sameName.Id} in {sameName.Path}."));
                byName.TryAdd(category.Name, (category.Id, path));
                if (byName[category.Name].Id == category.Id) byId.TryAdd(category.Id, (category.Name, path));
            }
        }
        return [.. byId.Select(pair => new Category((int)pair.Key, pair.Value.Name))];
    }
}
