using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>Which pictures make which batch of an epoch: a function of the data set, the options and the epoch alone.</summary>
internal static class BatchPlan
{
    // The limits between groups of shapes, width / height: 1/2 to 2 in six steps of equal ratio, as in torchvision's detection
    // reference.
    private static readonly double[] Limits = 
        [0.5, 0.6299605249474366, 0.7937005259840998, 1, 1.2599210498948732, 1.5874010519681994, 2];

    /// <summary>The group of a picture's shape: 0 (tall) to 7 (wide).</summary>
    public static byte GroupOf(ImageSize size)
    {
        double ratio = (double)size.Width / size.Height;
        byte group = 0;
        foreach (double limit in Limits)
            if (ratio >= limit) group++;
        return group;
    }

    /// <summary>Number of batches of every epoch.</summary>
    /// <param name="count">Number of pictures.</param>
    /// <param name="groups">The group of each picture, or null where they are not grouped.</param>
    /// <param name="options">Batch size and what becomes of batches that are not full.</param>
    public static int Count(int count, byte[]? groups, LoaderOptions options)
    {
        int[] sizes = groups is null ? [count] : [.. groups.GroupBy(g => g).Select(g => g.Count())];
        if (!options.DropLast) return sizes.Sum(size => (int)(((long)size + options.JointBatchSize - 1) / options.JointBatchSize));
        return groups is null ? count / options.JointBatchSize : sizes.Sum(size => Math.Max(1, size / options.JointBatchSize));
    }

    /// <summary>The pictures of each batch that this process reads, in the order in which they are given out.</summary>
    public static int[][] Make(int count, byte[]? groups, LoaderOptions options, long epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        if (options.Shuffle)
        {
            SampleRandom random = SampleRandom.For(options.Seed, epoch, -1);
            if (options.Weights is { } weights) Draw(order, weights, ref random);
            else random.Shuffle<int>(order);
        }
        var open = new List<int>[Limits.Length + 1];
        var filled = new bool[open.Length];
        for (int g = 0; g < open.Length; g++) open[g] = [];
        var batches = new List<int[]>();
        foreach (int index in order)
        {
            int group = groups?[index] ?? 0;
            List<int> batch = open[group];
            batch.Add(index);
            if (batch.Count < options.JointBatchSize) continue;
            filled[group] = true;
            batches.Add([.. batch]);
            batch.Clear();
        }
        for (int g = 0; g < open.Length; g++)
            if (open[g].Count > 0 && (!options.DropLast || (groups is not null && !filled[g]))) batches.Add([.. open[g]]);
        return [.. batches.Select(batch => PartOf(batch, options.Process, options.Processes))];
    }

    // Places drawn with replacement, each with the chance that its weight says.
    private static void Draw(int[] order, IReadOnlyList<double> weights, ref SampleRandom random)
    {
        var sums = new double[weights.Count];
        double total = 0;
        for (int i = 0; i < sums.Length; i++) sums[i] = total += weights[i];
        for (int i = 0; i < order.Length; i++)
        {
            int place = Array.BinarySearch(sums, random.NextDouble() * total);
            order[i] = Math.Min(place < 0 ? ~place : place + 1, sums.Length - 1);   // the first sum above what was drawn
        }
    }

    /// <summary>What one process reads of a batch: the next stretch of it, so that the parts, one after the other, are the batch.</summary>
    /// <param name="batch">Its pictures; at least one.</param>
    /// <param name="process">From 0.</param>
    /// <param name="processes">Where there are more of them than pictures, several read the same one.</param>
    public static int[] PartOf(int[] batch, int process, int processes)
    {
        long pictures = batch.Length;
        if (pictures < processes) return [batch[process % pictures]];
        return batch[(int)(process * pictures / processes)..(int)((process + 1) * pictures / processes)];
    }
}
