namespace Fovea.Ops.Kernels;

/// <summary>Runs numbered, independent pieces of work on several threads; each thread knows its own number, so that it can keep
/// scratch memory from one piece to the next.</summary>
internal static class ParallelItems
{
    /// <summary>Number of threads that a piece of work gets when the caller names none: one a core.</summary>
    public static int ThreadsFor(int items, int threads) =>
        Math.Clamp(threads > 0 ? threads : Environment.ProcessorCount, 1, Math.Max(1, items));

    /// <summary>Calls <paramref name="body"/>(item, worker) once for every item in 0 ..&lt; items. Which worker gets which item is
    /// left open, so a body must not let its result depend on the worker.</summary>
    /// <param name="items">Number of pieces.</param>
    /// <param name="threads">Threads to use at most; 0 means one a core.</param>
    /// <param name="body">The work; workers are numbered from 0 to <see cref="ThreadsFor"/> - 1.</param>
    public static void Run(int items, int threads, Action<int, int> body)
    {
        if (items <= 0) return;
        int workers = ThreadsFor(items, threads);
        if (workers == 1)
        {
            for (int item = 0; item < items; item++) body(item, 0);
            return;
        }
        int next = -1;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            for (int item = Interlocked.Increment(ref next); item < items; item = Interlocked.Increment(ref next))
                body(item, worker);
        });
    }
}
