namespace Fovea.Data;

/// <summary>Reads a data set in batches, ahead of the one who uses them: threads in this process read, transform and collate while
/// the device works.</summary>
/// <remarks>
/// <para>Batch n of an epoch is the same whatever the number of threads, the machine's speed or the place where reading starts:
/// the order depends on (seed, epoch) and a picture's random choices on (seed, epoch, picture). To go on after an interruption, ask
/// for the same epoch from the number of batches that were already used.</para>
/// <para>Thread-safe: several epochs may be read at once. The collate function runs on the loader's threads, on several of them at
/// once, so modes that belong to a thread (such as a scope or a no-gradient guard) have to be set inside it.</para>
/// </remarks>
/// <typeparam name="T">What a batch becomes. Batches that were made but never given out are disposed of where T is disposable.</typeparam>
public sealed class DataLoader<T>
{
    private readonly Func<IReadOnlyList<Sample>, BatchPlace, T> _collate;
    private readonly byte[]? _groups;

    /// <summary>A loader. Reads no picture yet; with grouping by shape it asks for the size of each.</summary>
    /// <param name="dataset">What to read; used from several threads at once.</param>
    /// <param name="options">Batch size, order, threads.</param>
    /// <param name="collate">Makes a batch of its samples, on the loader's threads.</param>
    public DataLoader(IDataset dataset, LoaderOptions options, Func<IReadOnlyList<Sample>, T> collate)
        : this(dataset, options, (samples, _) => collate(samples)) { }

    /// <summary>A loader whose batches depend on their place. Reads no picture yet; with grouping by shape it asks for the size of
    /// each.</summary>
    /// <param name="dataset">What to read; used from several threads at once.</param>
    /// <param name="options">Batch size, order, threads.</param>
    /// <param name="collate">Makes a batch of its samples, on the loader's threads.</param>
    public DataLoader(IDataset dataset, LoaderOptions options, Func<IReadOnlyList<Sample>, BatchPlace, T> collate)
    {
        if (options.Process >= options.Processes)
            throw new ArgumentOutOfRangeException(nameof(options), options.Process,
                $"There are {options.Processes} processes, counted from 0.");
        if (options.Weights is { } weights && (weights.Count != dataset.Count || options.GroupByAspect || !options.Shuffle))
            throw new ArgumentException($"Weights need Shuffle, no GroupByAspect, and one weight a picture: {weights.Count} arrived for " +
                $"{dataset.Count} pictures of {dataset.Name}.", nameof(options));
        (Dataset, Options, _collate) = (dataset, options, collate);
        if (options.GroupByAspect)
        {
            _groups = new byte[dataset.Count];
            for (int i = 0; i < _groups.Length; i++) _groups[i] = BatchPlan.GroupOf(dataset[i].Size);
        }
        BatchCount = BatchPlan.Count(dataset.Count, _groups, options);
    }

    /// <summary>What is read.</summary>
    public IDataset Dataset { get; }

    /// <summary>How it is read.</summary>
    public LoaderOptions Options { get; }

    /// <summary>Number of batches of an epoch, the same for all.</summary>
    public int BatchCount { get; }

    /// <summary>The pictures of each batch of an epoch that this process reads, by their place in the data set.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Plan(long epoch) => BatchPlan.Make(Dataset.Count, _groups, Options, epoch);

    /// <summary>The batches of an epoch. Threads start with the first batch that is asked for and end with the enumeration: at its
    /// end, when it is left early, or when it is disposed of.</summary>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="firstBatch">The batch to begin with: 0, or where an interrupted epoch goes on.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative or the first batch is not within the epoch.</exception>
    /// <exception cref="DataLoadException">A picture could not be read, transformed or collated. It is thrown when its batch is
    /// asked for, after all batches before it.</exception>
    public IEnumerable<T> Epoch(long epoch, int firstBatch = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if (firstBatch < 0 || firstBatch > BatchCount)
            throw new ArgumentOutOfRangeException(nameof(firstBatch), firstBatch,
                $"An epoch of {Dataset.Name} has {BatchCount} batches of {Options.BatchSize}.");
        return Run(epoch, firstBatch, cancellation);
    }

    private IEnumerable<T> Run(long epoch, int firstBatch, CancellationToken cancellation)
    {
        int[][] plan = BatchPlan.Make(Dataset.Count, _groups, Options, epoch);
        var work = new BatchWork<T>(Dataset, Options, epoch, plan, _collate);
        if (Options.Workers == 0)
        {
            for (int batch = firstBatch; batch < plan.Length; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return work.Make(batch);
            }
            yield break;
        }
        using var queue = new BatchQueue<T>(work, firstBatch, plan.Length, Options, cancellation);
        while (queue.TryTake(out T? batch)) yield return batch;
    }
}
