using Fovea.Benchmarks.Results;

namespace Fovea.Benchmarks.Running;

/// <summary>Runs the chosen benchmarks one after the other, and writes each result as soon as it is there.</summary>
internal sealed class Session(RunOptions options, string resultFolder)
{
    /// <summary>Runs them.</summary>
    /// <returns>True if all of our sides worked and computed what the peer computed; whether goals are met does not count.</returns>
    public bool Run(IReadOnlyList<Benchmark> benchmarks)
    {
        if (!options.Quick && Machine.Load() is > 0.5 and var load)
            Console.WriteLine($"This machine is busy (load {load:0.0}). The sides take turns, so ratios are still fair, but times are not.");

        IReadOnlyList<string> order = [.. Catalogue.All(quick: false).Select(benchmark => benchmark.Name)];
        var file = new ResultFile(resultFolder, Machine.Current, options.Threads);
        string commit = Machine.Commit();
        string? path = null;
        bool good = true;
        foreach (Benchmark benchmark in benchmarks)
        {
            Console.WriteLine($"\n{benchmark.Name}: {benchmark.Conditions}");
            try
            {
                Measurement measurement = Comparison.Run(benchmark, options) with { Commit = commit, Time = DateTime.UtcNow };
                Console.WriteLine(ResultText.Line(measurement));
                good &= measurement.Disagreement is null;
                if (!options.Quick) path = file.Add(measurement, order);
            }
            catch (SideFailedException error)
            {
                Console.WriteLine(error.Message);
                good = false;
            }
        }
        if (path is not null) Console.WriteLine($"\nWritten: {path}");
        if (options.Quick) Console.WriteLine("\nThese are tiny sizes: nothing is written, and the ratios mean nothing.");
        return good;
    }
}
