using Fovea.Benchmarks.Models;
using Fovea.Benchmarks.Operators;
using Fovea.Benchmarks.Pipelines;

namespace Fovea.Benchmarks;

/// <summary>All benchmarks.</summary>
internal static class Catalogue
{
    /// <summary>The benchmarks in the order in which they run, the quick ones first.</summary>
    /// <param name="quick">Sizes that only show that everything works.</param>
    public static IReadOnlyList<Benchmark> All(bool quick) =>
    [
        new StartUpBenchmark(quick),
        new NmsBenchmark(2_000, quick),
        new NmsBenchmark(20_000, quick),
        new RoiAlignBenchmark(backward: false, quick),
        new RoiAlignBenchmark(backward: true, quick),
        .. MaskBenchmark.All(quick),
        new DenseCrfBenchmark(188, 250, quick),
        new DenseCrfBenchmark(375, 500, quick),
        new DenseCrfBenchmark(750, 1000, quick),
        new LoaderBenchmark(quick),
        new ClassLoaderBenchmark(quick),
        new CocoEvaluationBenchmark(quick),
        new CocoInstancesBenchmark(masks: true, quick),
        new CocoInstancesBenchmark(masks: false, quick),
        new LabelMapsBenchmark(quick),
        .. DetectorInputs.Networks.SelectMany(id => (Benchmark[])[new PredictBenchmark(id, quick), new TrainBenchmark(id, quick)]),
        .. ClassifierBenchmark.All(quick),
        .. SegmenterBenchmark.All(quick),
    ];

    /// <summary>Those that are named: each word is a name or its beginning; all of them where there is none.</summary>
    /// <exception cref="ArgumentException">A word names nothing.</exception>
    public static IReadOnlyList<Benchmark> Select(IReadOnlyList<string> words, bool quick)
    {
        IReadOnlyList<Benchmark> all = All(quick);
        foreach (string word in words)
            if (!all.Any(benchmark => IsNamedBy(benchmark, word)))
                throw new ArgumentException($"There is no benchmark '{word}'. There are: {string.Join(", ", all.Select(b => b.Name))}.");
        return words.Count == 0 ? all : [.. all.Where(benchmark => words.Any(word => IsNamedBy(benchmark, word)))];
    }

    private static bool IsNamedBy(Benchmark benchmark, string word) => benchmark.Name == word || benchmark.Name.StartsWith(word + "-", StringComparison.Ordinal);
}
