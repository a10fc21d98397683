using Fovea.Data.Reading;

namespace Fovea.Data.Checking;

/// <summary>Pictures that occur twice: in two splits, which makes the evaluation lie, in two classes, or in one split.</summary>
internal static class DuplicateChecks
{
    private readonly record struct Occurrence(string Split, string Path, string? Class);

    public static void Run(DataListing listing, Dictionary<string, PictureFact> facts, FindingCollector findings)
    {
        Dictionary<object, List<Occurrence>> seen = [];
        HashSet<string> paths = new(StringComparer.Ordinal);
        foreach (SplitListing split in listing.Splits)
        {
            // VOC's trainval is train and val together by design.
            bool isUnion = split.Name.StartsWith("trainval", StringComparison.Ordinal);
            for (int i = 0; i < split.Pictures.Count; i++)
            {
                PictureEntry picture = split.Pictures[i];
                if (!picture.Exists || (!paths.Add(picture.Path) && isUnion)) continue;
                bool decoded = facts.TryGetValue(picture.Path, out PictureFact fact) && fact.Error is null;
                object content = decoded ? fact.Content : picture.Path;
                if (!seen.TryGetValue(content, out List<Occurrence>? earlier)) seen[content] = earlier = [];
                string? name = picture.Class is { } index ? OneLine.Shorten(listing.Categories[index].Name) : null;
                var now = new Occurrence(split.Name, picture.Path, name);
                Report(now, earlier, split.Listed[i], findings);
                // One of a split stands for all: a folder of 100,000 equal pictures must not take forever.
                if (earlier.All(e => e.Split != split.Name)) earlier.Add(now);
            }
        }
    }

    private static void Report(Occurrence now, List<Occurrence> earlier, FilePosition position, FindingCollector findings)
    {
        foreach (Occurrence before in earlier)
        {
            if (before.Class == now.Class) continue;
            findings.Add(FindingKind.DuplicateAcrossClasses, position,
                $"picture {now.Path} of class '{now.Class}' in split {now.Split} has " +
                $"the same pixels as {before.Path} of class '{before.Class}' in split {before.Split}.");
            return;
        }
        foreach (Occurrence before in earlier)
        {
            if (before.Split == now.Split) continue;
            findings.Add(FindingKind.DuplicateAcrossSplits, position, before.Path == now.Path
                ? $"picture {now.Path} is in split {now.Split} and in split {before.Split}."
                : $"picture {now.Path} of split {now.Split} has the same pixels as {before.Path} of split {before.Split}.");
            return;
        }
        if (earlier.Count > 0)
            findings.Add(FindingKind.DuplicatePicture, position, earlier[0].Path == now.Path
                ? $"picture {now.Path} is in split {now.Split} twice."
                : $"picture {now.Path} has the same pixels as {earlier[0].Path}, in the same split.");
    }
}
