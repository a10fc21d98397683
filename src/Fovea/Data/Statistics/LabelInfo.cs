using Fovea.Data.Reading;
using Fovea.Losses;

namespace Fovea.Data.Statistics;

/// <summary>How often a class occurs among the pixels of a split, and the weights that losses would give it for that.</summary>
/// <param name="Id">The value in the masks.</param>
/// <param name="Name">The class.</param>
/// <param name="Pixels">Its pixels.</param>
/// <param name="Share">Its share of the pixels that have a class, 0 to 1.</param>
/// <param name="Pictures">Pictures with at least one of them.</param>
/// <param name="MedianFrequency">Its weight by median frequency balancing; 0 where it does not occur.</param>
/// <param name="Enet">Its weight by ENet's formula.</param>
/// <param name="Inverse">Its weight by inverse frequency; 0 where it does not occur.</param>
public sealed record LabelCount(
    int Id, string Name, long Pixels, double Share, int Pictures, double MedianFrequency, double Enet, double Inverse);

/// <summary>What the masks of a split hold.</summary>
/// <param name="Labelled">Pixels that have a class.</param>
/// <param name="Ignored">Pixels that have none.</param>
/// <param name="Classes">Every class, in the order of the class list. The weights: <see cref="ClassWeights"/>.</param>
public sealed record LabelInfo(long Labelled, long Ignored, IReadOnlyList<LabelCount> Classes)
{
    /// <summary>Counts the masks of a split; those that cannot be read are left out.</summary>
    internal static LabelInfo Of(SplitListing split, Labelling labelling, IReadOnlyDictionary<PictureEntry, MaskFact> masks)
    {
        int classes = labelling.Categories.Count;
        long[] pixels = new long[classes], pixelsOfPictures = new long[classes];
        int[] pictures = new int[classes];
        long ignored = 0;
        foreach (PictureEntry picture in split.Pictures)
        {
            (long[] labelled, long none) = masks[picture].Count(labelling.Table, classes);
            long all = labelled.Sum() + none;
            ignored += none;
            for (int i = 0; i < classes; i++)
            {
                if (labelled[i] == 0) continue;
                pixels[i] += labelled[i];
                pixelsOfPictures[i] += all;
                pictures[i]++;
            }
        }
        long sum = pixels.Sum();
        double[] zeros = new double[classes];
        (double[] median, double[] enet, double[] inverse) = sum == 0 ? (zeros, zeros, zeros) :
            (ClassWeights.MedianFrequency(pixels, pixelsOfPictures), ClassWeights.Enet(pixels), ClassWeights.InverseFrequency(pixels));
        return new LabelInfo(sum, ignored, [.. labelling.Categories.Select((c, i) => new LabelCount(
            c.Id, c.Name, pixels[i], sum == 0 ? 0 : (double)pixels[i] / sum, pictures[i], median[i], enet[i], inverse[i]))]);
    }
}
