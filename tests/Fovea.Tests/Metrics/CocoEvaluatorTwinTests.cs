using Fovea.Metrics;
using Fovea.Structures;
using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Tests.Metrics;

/// <summary>The evaluator against its slow twin, on small random data sets that are made to be awkward.</summary>
public class CocoEvaluatorTwinTests
{
    private static readonly Category[] Categories = [new(2, "a"), new(5, "b"), new(9, "never annotated")];

    // Little limits, so that small data sets go beyond them.
    private static readonly CocoOptions Options = CocoOptions.Default with
    {
        IouThresholds = [0, 0.5, 0.6, 1],
        RecallThresholds = CocoOptions.EvenlySpaced(0, 1, 11),
        MaxDetections = [1, 3, 8],
        AreaRanges = [new("all", 0, 1e10), new("small", 0, 16), new("large", 16, 1e10)],
    };

    [Fact]
    public void Fast_and_slow_agree_to_the_last_bit() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => AssertAgree(Pictures(new Random(seed))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(2024, 7));

    [Fact]
    public void More_than_a_hundred_detections_agree_at_COCOs_own_settings()
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var random = new Random(seed);
            AssertAgree([.. Enumerable.Range(0, 3).Select(i => Picture(random, i, 12, 260))], CocoOptions.Default);
        }
    }

    [Fact]
    public void Numbers_do_not_depend_on_threads()
    {
        var random = new Random(11);
        CocoEvaluator evaluator = Fill([.. Enumerable.Range(0, 400).Select(i => Picture(random, i, 8, 30))], CocoOptions.Default);

        CocoResult alone = evaluator.Evaluate(threads: 1);

        foreach (int threads in (int[])[2, 5, 16])
        {
            CocoResult together = evaluator.Evaluate(threads);
            Assert.Equal(alone.Summary.ToDictionary(), together.Summary.ToDictionary());
            for (int k = 0; k < Categories.Length; k++)
                for (int t = 0; t < 10; t++) Assert.True(alone.Precision(k, 0, t).SequenceEqual(together.Precision(k, 0, t)));
        }
    }

    private static List<SlowCoco.Picture> Pictures(Random random) =>
        [.. Enumerable.Range(0, random.Next(7)).Select(i => Picture(random, i, random.Next(6), random.Next(20)))];

    private static SlowCoco.Picture Picture(Random random, int index, int truthCount, int detectionCount)
    {
        var truths = new List<CocoTruth<CocoBox>>();
        for (int i = 0; i < truthCount; i++)
        {
            CocoBox box = AnyBox(random);
            truths.Add(new(random.Next(2), box, random.Next(3) == 0 ? 16 : box.Area, random.Next(5) == 0));
        }
        var detections = new List<CocoDetection<CocoBox>>();
        for (int i = 0; i < detectionCount; i++)
        {
            CocoBox box = truths.Count > 0 && random.Next(4) > 0 ? truths[random.Next(truths.Count)].Shape : AnyBox(random);
            if (random.Next(2) == 0) box = box with { X = box.X + random.Next(-1, 2), Width = box.Width + random.Next(2) };
            detections.Add(new(random.Next(10) == 0 ? 2 : random.Next(2), box, box.Area, random.Next(6) / 5.0 - 0.2));
        }
        return new((index * 37 + 11) % 1009, truths, detections); // Ids that do not rise.
    }

    private static CocoBox AnyBox(Random random) => new(random.Next(8), random.Next(8), random.Next(8), random.Next(8));

    private static CocoEvaluator Fill(List<SlowCoco.Picture> pictures, CocoOptions options)
    {
        var evaluator = new CocoEvaluator(Categories, options);
        foreach (SlowCoco.Picture picture in pictures) evaluator.Add(picture.Id, picture.Truths.ToArray(), picture.Detections.ToArray());
        return evaluator;
    }

    private static void AssertAgree(List<SlowCoco.Picture> pictures) => AssertAgree(pictures, Options);

    private static void AssertAgree(List<SlowCoco.Picture> pictures, CocoOptions options)
    {
        pictures = [.. pictures.DistinctBy(picture => picture.Id)];
        CocoResult fast = Fill(pictures, options).Evaluate();
        var slow = new SlowCoco(pictures);
        for (int k = 0; k < Categories.Length; k++)
            for (int a = 0; a < options.AreaRanges.Count; a++)
                for (int t = 0; t < options.IouThresholds.Count; t++)
                    for (int m = 0; m < options.MaxDetections.Count; m++)
                    {
                        (double[] Precision, double Recall)? expected =
                            slow.Evaluate(k, options.AreaRanges[a], options.IouThresholds[t], options.MaxDetections[m], options.RecallThresholds);
                        string where = $"category {k}, area {a}, threshold {t}, limit {m}";
                        Assert.True((expected?.Recall ?? CocoResult.Undefined) == fast.Recall(k, a, t, m), $"recall differs: {where}");
                        if (m < options.MaxDetections.Count - 1) continue;
                        double[] precision = expected?.Precision ?? [.. options.RecallThresholds.Select(_ => CocoResult.Undefined)];
                        Assert.True(fast.Precision(k, a, t).SequenceEqual(precision), $"precision differs: {where}");
                    }
    }
}
