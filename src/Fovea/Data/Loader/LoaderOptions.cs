using Fovea.Transforms;

namespace Fovea.Data;

/// <summary>How a <see cref="DataLoader{T}"/> reads a data set.</summary>
public sealed record LoaderOptions
{
    /// <summary>Pictures a batch of one process, at least 1. Default 2, as torchvision's detection reference on each device.</summary>
    public int BatchSize { get; init => field = AtLeast(value, 1, nameof(BatchSize)); } = 2;

    /// <summary>A new random order in every epoch instead of the data set's own.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Leaves out batches that are not full: with a random order other pictures in each epoch. A group of shapes that is
    /// smaller than one batch is kept, for its pictures would otherwise never be seen.</summary>
    public bool DropLast { get; init; }

    /// <summary>Puts pictures of similar shape together, so that batches have little padding: pictures belong to one of eight
    /// groups by their ratio of width to height, and batches are filled from one group at a time, in the order in which they
    /// fill up; those that do not fill up come last.</summary>
    public bool GroupByAspect { get; init; }

    /// <summary>With <see cref="Shuffle"/>: how often pictures come, relative to one another; each epoch draws as many pictures as
    /// there are, with replacement. Null for each picture once. Not with <see cref="GroupByAspect"/>.</summary>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public IReadOnlyList<double>? Weights
    {
        get;
        init => field = value is null || (value.All(w => w >= 0 && double.IsFinite(w)) && value.Any(w => w > 0)) ? value
            : throw new ArgumentException("Weights must be 0 or more, and one of them above 0.", nameof(Weights));
    }

    /// <summary>Processes that share each batch: it is planned for <see cref="BatchSize"/> pictures of each of them, so that n processes
    /// see together what one with n times the batch size would. Default 1.</summary>
    public int Processes { get; init => field = AtLeast(value, 1, nameof(Processes)); } = 1;

    /// <summary>Which of them this loader reads for, from 0: it takes its part of each batch. Parts differ by at most one picture. Where a
    /// batch has fewer pictures than there are processes, some of them read the same one, so that none is without.</summary>
    public int Process { get; init => field = AtLeast(value, 0, nameof(Process)); }

    /// <summary>What is done to each picture, or null for nothing.</summary>
    public Transform? Transform { get; init; }

    /// <summary>What makes one sample of several before that, or null.</summary>
    public SampleMixing? Mixing { get; init; }

    /// <summary>Decides every order and every random choice, together with the epoch.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that read ahead; 0 reads on the caller's own thread, when a batch is asked for. Default: one less than
    /// the machine's processors, at least 1 and at most 8. The batches do not depend on it.</summary>
    public int Workers { get; init => field = AtLeast(value, 0, nameof(Workers)); } = Math.Clamp(Environment.ProcessorCount - 1, 1, 8);

    /// <summary>How many batches may be ready or in work ahead of the consumer, at least 1: the limit of the loader's memory.
    /// Default 4.</summary>
    public int Ahead { get; init => field = AtLeast(value, 1, nameof(Ahead)); } = 4;

    /// <summary>Pictures a batch of all processes together.</summary>
    internal int JointBatchSize => checked(BatchSize * Processes);

    private static int AtLeast(int value, int least, string name) =>
        value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {least}.");
}
