using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Makes one list of what several looks at a picture found.</summary>
internal static class DetectionMerge
{
    // Of a piece of an object, so much lies in what another look found of the whole.
    private const double Inside = 0.5;

    /// <summary>Greedy suppression over all looks, class by class: overlapping finds by IoU; pieces that a tile's edge cut off by how much of
    /// them lies in another find. Whole finds go before pieces, and the surer before the less sure.</summary>
    public static Detections Merge(ImageSize size, IReadOnlyList<Look> looks, double threshold, int most)
    {
        Find[] finds = [.. looks.SelectMany((look, l) => Enumerable.Range(0, look.Found.Count).Select(i =>
            new Find(l, i, look.Found.Boxes[i], look.Found.Scores[i], look.Found.Categories[i], look.Region.Cuts(look.Found.Boxes[i]))))];
        var kept = new List<Find>();
        foreach (IGrouping<int, Find> ofClass in finds.GroupBy(find => find.Category))
        {
            var stay = new List<Find>();
            foreach (Find find in ofClass.OrderBy(find => find.IsPiece).ThenByDescending(find => find.Score))
                if (!stay.Exists(better => Covers(better, find, threshold))) stay.Add(find);
            kept.AddRange(stay);
        }
        IEnumerable<Find> best = kept.OrderByDescending(find => find.Score).ThenBy(find => find.Look).ThenBy(find => find.Index).Take(most);
        return Detections.Choose(size, [.. looks.Select(look => look.Found)], [.. best.Select(find => (find.Look, find.Index))]);
    }

    private static bool Covers(Find better, Find other, double threshold)
    {
        if (better.Look == other.Look) return false;                                   // the model's own suppression has decided
        double shared = Math.Max(0, Math.Min(better.Box.X2, other.Box.X2) - Math.Max(better.Box.X1, other.Box.X1))
            * Math.Max(0, Math.Min(better.Box.Y2, other.Box.Y2) - Math.Max(better.Box.Y1, other.Box.Y1));
        double a = better.Box.Area, b = other.Box.Area;
        return other.IsPiece && shared > Inside * Math.Min(a, b) || shared > threshold * (a + b - shared);
    }

    private readonly record struct Find(int Look, int Index, Box Box, float Score, int Category, bool IsPiece);
}
