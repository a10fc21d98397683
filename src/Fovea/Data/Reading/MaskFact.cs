using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>What reading a mask told.</summary>
/// <param name="Size">Its size; empty when it could not be read.</param>
/// <param name="Counts">Pixels of each value, 256 numbers.</param>
/// <param name="Wrong">Which values are no class's, or null.</param>
/// <param name="Error">Why it could not be read, or null.</param>
internal sealed record MaskFact(ImageSize Size, long[] Counts, string? Wrong, string? Error)
{
    /// <summary>Reads the masks of pictures on all cores, no more of them than cores at a time; only the facts stay.</summary>
    public static Dictionary<PictureEntry, MaskFact> Gather(
        IReadOnlyList<PictureEntry> pictures, Labelling labelling, IProgress<(int, int)>? progress, CancellationToken cancel)
    {
        var facts = new MaskFact[pictures.Count];
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel };
        Parallel.For(0, pictures.Count, options, i =>
        {
            facts[i] = Of(labelling.MaskOf(pictures[i]), labelling.Table);
            progress?.Report((Interlocked.Increment(ref done), pictures.Count));
        });
        return pictures.Zip(facts).ToDictionary(p => p.First, p => p.Second);
    }

    /// <summary>Pixels of each class, and of none.</summary>
    public (long[] Labelled, long Ignored) Count(LabelTable table, int classes)
    {
        var labelled = new long[classes];
        long ignored = 0;
        for (int value = 0; value < Counts.Length; value++)
        {
            if (Counts[value] == 0) continue;
            if (table[(byte)value] is { } label && label < classes) labelled[label] += Counts[value];
            else ignored += Counts[value];
        }
        return (labelled, ignored);
    }

    private static MaskFact Of(MaskSource mask, LabelTable table)
    {
        try
        {
            IndexMap map = mask.Read();
            var counts = new long[256];
            foreach (byte value in map.Values) counts[value]++;
            return new MaskFact(map.Size, counts, table.Explain(map), null);
        }
        catch (DataException e)
        {
            return new MaskFact(default, new long[256], null, OneLine.Shorten(e.Reason, 400));
        }
    }
}
