using System.Diagnostics;

namespace Fovea.Cli.Measuring;

/// <summary>Times two ways to do the same, which take turns, so that whatever else the machine does meets both.</summary>
internal static class Turns
{
    private const int WarmUps = 2, Most = 25;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The median milliseconds of each.</summary>
    public static (double First, double Second) Time(Action first, Action second, CancellationToken cancellation)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            first();
            second();
        }
        var total = Stopwatch.StartNew();
        var times = new List<(double First, double Second)>();
        while (times.Count == 0 || times.Count < Most && total.Elapsed < Patience)
        {
            cancellation.ThrowIfCancellationRequested();
            times.Add((Once(first), Once(second)));
        }
        return (Median(times.Select(turn => turn.First)), Median(times.Select(turn => turn.Second)));
    }

    private static double Once(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
