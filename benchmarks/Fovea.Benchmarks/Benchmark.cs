namespace Fovea.Benchmarks;

/// <summary>One thing that is measured, here and in the peer.</summary>
internal abstract class Benchmark
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What is measured, with its sizes: a reader can repeat it from this line.</summary>
    public abstract string Conditions { get; }

    /// <summary>What is asked of the result.</summary>
    public abstract Goal Goal { get; }

    /// <summary>The peer's side: a module in benchmarks/peers, or null where nothing is compared.</summary>
    public virtual string? Peer => null;

    /// <summary>Runs on each side before anything is measured.</summary>
    public virtual int WarmUps => 1;

    /// <summary>How often the two sides take turns.</summary>
    public abstract int Rounds { get; }

    /// <summary>Runs in each turn.</summary>
    public virtual int RunsPerRound => 1;

    /// <summary>Where a rate says more than a time: what is counted, and how many of them a run makes.</summary>
    public virtual (string Unit, double Count)? Rate => null;

    /// <summary>True where the memory of the two processes is worth a look: where each is one process that does only this.</summary>
    public virtual bool ShowsMemory => false;

    /// <summary>How the outcomes of both sides have to agree.</summary>
    public virtual IReadOnlyList<Agreement> Agreements => [];

    /// <summary>Sizes that the peer has to know and cannot read off the files in the folder.</summary>
    public virtual IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>();

    /// <summary>Makes the inputs, writes them into the folder for the peer, and gets ready to run.</summary>
    /// <param name="folder">An empty folder, which the peer reads afterwards.</param>
    /// <param name="threads">Threads that may work.</param>
    public abstract Workload Prepare(string folder, int threads);
}

/// <summary>Our side of a benchmark, ready to run again and again.</summary>
internal abstract class Workload : IDisposable
{
    /// <summary>Not measured: makes what a run uses up.</summary>
    public virtual void Before() { }

    /// <summary>What is measured.</summary>
    public abstract void Run();

    /// <summary>Numbers by which the peer's work is known to be the same. Called after the warm-up.</summary>
    public virtual Dictionary<string, double[]> Outcome() => [];

    public virtual void Dispose() { }
}

/// <summary>What is asked of a result.</summary>
/// <param name="Ratio">Largest ratio of our time to the peer's, or null.</param>
/// <param name="Seconds">Largest time of ours, or null.</param>
internal sealed record Goal(double? Ratio = null, double? Seconds = null)
{
    /// <summary>Whether the medians meet it; null where the peer was not measured.</summary>
    public bool? IsMet(double seconds, double? ratio) => Seconds is { } most ? seconds <= most : ratio is { } found ? found <= Ratio : null;
}

/// <summary>How one output has to agree on both sides.</summary>
/// <param name="Output">Its name in the outcomes.</param>
/// <param name="Tolerance">Largest difference of two numbers, relative to the larger of 1 and the peer's number.</param>
/// <param name="Share">Share of the numbers that have to be so close: below 1 where rounding may decide between two boxes.</param>
internal sealed record Agreement(string Output, double Tolerance, double Share = 1);
