using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class CocoEvaluatorTests
{
    private const double Tolerance = 1e-12;
    private static readonly Category[] One = [new(7, "cell")];
    private static readonly Category[] Two = [new(7, "cell"), new(3, "clump")];

    public static TheoryData<CocoGolden> Goldens => new(MetricsGoldens.Coco);

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Every_figure_is_pycocotools(CocoGolden golden)
    {
        CocoResult result = golden.Load().Evaluate();

        if (golden.Stats is not null)
            foreach ((double expected, CocoFigure actual) in golden.Stats.Zip(result.Summary.Figures)) Assert.Equal(expected, actual.Value, Tolerance);
        for (int k = 0; k < golden.Categories.Length; k++)
            for (int a = 0; a < 4; a++)
            {
                Assert.Equal(golden.Precision[k][a], result.AveragePrecision(k, a), Tolerance);
                for (int m = 0; m < golden.MaxDetections.Length; m++)
                    Assert.Equal(golden.Recall[k][a][m], result.AverageRecall(k, a, limit: m), Tolerance);
            }
        Assert.Equal(golden.Curve, result.Precision(0, 0, 0).ToArray());
    }

    [Fact]
    public void One_of_two_objects_found_gives_half_the_curve()
    {
        var evaluator = new CocoEvaluator(One);
        evaluator.Add(1, [Truth(0, 0, 100, 100), Truth(200, 0, 100, 100)], [Found(0, 0, 100, 100, 0.9), Found(500, 500, 100, 100, 0.8)]);

        CocoSummary summary = evaluator.Evaluate().Summary;

        // Precision 1 at the recalls 0.00 to 0.50, which are 51 of 101, and 0 beyond.
        Assert.Equal(51.0 / 101, summary.Ap, Tolerance);
        Assert.Equal(51.0 / 101, summary.ApLarge, Tolerance);
        Assert.Equal(0.5, summary.Ar1, Tolerance);
        Assert.Equal(0.5, summary.ArLarge, Tolerance);
        Assert.Equal(CocoResult.Undefined, summary.ApSmall);
        Assert.Equal(CocoResult.Undefined, summary.ArMedium);
    }

    [Fact]
    public void Overlap_that_meets_a_threshold_exactly_counts()
    {
        var evaluator = new CocoEvaluator(One);
        evaluator.Add(1, [Truth(0, 0, 100, 10)], [Found(0, 0, 60, 10, 0.9)]); // 600 / 1000: the thresholds 0.50, 0.55 and 0.60.

        CocoSummary summary = evaluator.Evaluate().Summary;

        Assert.Equal(0.3, summary.Ap, Tolerance);
        Assert.Equal(1, summary.Ap50, Tolerance);
        Assert.Equal(0, summary.Ap75, Tolerance);
    }

    [Fact]
    public void Detections_on_a_crowd_count_neither_way()
    {
        CocoTruth<CocoBox> crowd = Truth(300, 0, 200, 200) with { IsCrowd = true };
        var evaluator = new CocoEvaluator(One);
        // Both lie in the crowd: each overlaps it by its own whole area, though by little of the crowd's.
        evaluator.Add(1, [crowd, Truth(0, 0, 50, 50)], [Found(310, 10, 20, 20, 0.9), Found(350, 10, 20, 20, 0.8), Found(0, 0, 50, 50, 0.7)]);

        CocoResult result = evaluator.Evaluate();

        Assert.Equal(1, result.Objects(0));
        Assert.Equal(1, result.Summary.Ap, Tolerance);
    }

    [Fact]
    public void Only_crowds_leave_everything_undefined()
    {
        var evaluator = new CocoEvaluator(One);
        evaluator.Add(1, [Truth(0, 0, 50, 50) with { IsCrowd = true }], [Found(0, 0, 50, 50, 0.7)]);

        Assert.All(evaluator.Evaluate().Summary.Figures, figure => Assert.Equal(CocoResult.Undefined, figure.Value));
    }

    [Fact]
    public void A_second_detection_of_an_object_is_wrong_but_a_free_neighbour_is_taken()
    {
        var evaluator = new CocoEvaluator(One, CocoOptions.Default with { IouThresholds = [0.5] });
        evaluator.Add(1, [Truth(0, 0, 100, 100), Truth(10, 0, 100, 100)],
            [Found(1, 0, 100, 100, 0.9), Found(2, 0, 100, 100, 0.8), Found(3, 0, 100, 100, 0.7)]);

        CocoResult result = evaluator.Evaluate();

        Assert.Equal(1, result.Recall(0, 0, 0, 2));
        Assert.Equal(1, result.Summary.Ap, Tolerance); // The duplicate comes after both were found.
    }

    [Fact]
    public void Detections_beyond_the_limit_of_their_picture_do_not_count()
    {
        var evaluator = new CocoEvaluator(One);
        CocoDetection<CocoBox>[] found = [.. Enumerable.Range(0, 101).Select(i => Found(500, 500, 10, 10, 1 - i / 1000.0))];
        found[100] = Found(0, 0, 50, 50, 0.1); // The right one, in the 101st place.
        evaluator.Add(1, [Truth(0, 0, 50, 50)], found);
        Assert.Equal(0, evaluator.Evaluate().Summary.Ar100);

        var wider = new CocoEvaluator(One, CocoOptions.Default with { MaxDetections = [1, 10, 101] });
        wider.Add(1, [Truth(0, 0, 50, 50)], found);
        Assert.Equal(1, wider.Evaluate().Summary["AR101"]);
    }

    [Fact]
    public void Between_pictures_ties_rank_by_picture_id_not_by_order_of_adding()
    {
        var evaluator = new CocoEvaluator(One);
        evaluator.Add(9, [], [Found(0, 0, 50, 50, 0.5)]); // Wrong, in the later picture, added first.
        evaluator.Add(2, [Truth(0, 0, 50, 50)], [Found(0, 0, 50, 50, 0.5)]);

        Assert.Equal(1, evaluator.Evaluate().Summary.Ap, Tolerance);
    }

    [Fact]
    public void Nothing_at_all_is_undefined_and_objects_without_detections_are_zero()
    {
        Assert.Equal(CocoResult.Undefined, new CocoEvaluator([]).Evaluate().Summary.Ap);
        Assert.Equal(CocoResult.Undefined, new CocoEvaluator(Two).Evaluate().Summary.Ar100);

        var evaluator = new CocoEvaluator(Two);
        evaluator.Add(1, [Truth(0, 0, 50, 50)], []);
        CocoResult result = evaluator.Evaluate();
        Assert.Equal(0, result.Summary.Ap);
        Assert.Equal(0, result.Summary.Ar100);
        Assert.Equal([0, CocoResult.Undefined], result.PerCategory().Select(figures => figures.Ap));
        Assert.Equal([1, 0], result.PerCategory().Select(figures => figures.Objects));
    }

    [Fact]
    public void Evaluation_can_be_stopped()
    {
        var evaluator = new CocoEvaluator(One);
        evaluator.Add(1, [Truth(0, 0, 50, 50)], []);
        Assert.Throws<OperationCanceledException>(() => evaluator.Evaluate(cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Annotations_and_detections_of_a_picture_are_taken_as_they_are()
    {
        var size = new ImageSize(480, 640);
        var evaluator = new CocoEvaluator(Two);
        Annotation truth = new() { Category = 1, Box = Box.FromXywh(0.1, 0.1, 40.2, 40.2), Area = 900 };
        evaluator.Add(5, [truth, truth with { Category = 0, IsCrowd = true }],
            new Detections(size, [truth.Box, Box.FromXywh(300, 300, 10, 10)], [0.9f, 0.2f], [1, 0]));

        CocoResult result = evaluator.Evaluate();

        Assert.Equal(1, result.AveragePrecision(1), Tolerance);
        Assert.Equal(1, result.AveragePrecision(1, area: 1), Tolerance); // Small by its annotated area, though its box is not.
        Assert.Equal(CocoResult.Undefined, result.AveragePrecision(0));
        Assert.Equal(1, evaluator.ImageCount);
    }

    [Fact]
    public void What_is_not_valid_is_refused_and_leaves_no_trace()
    {
        var evaluator = new CocoEvaluator(Two);
        evaluator.Add(1, [], []);

        Assert.Contains("added before", Refused(() => evaluator.Add(1, [], [])));
        Assert.Contains("picture 8, which is not among the 1 pictures",
            Refused(() => evaluator.AddDetection(8, Found(0, 0, 1, 1, 0.5))));
        Assert.Contains("category 4, which is not among the data set's 2 category ids (7, 3)",
            Refused(() => evaluator.AddDetection(new CocoResultEntry(1, 4, new CocoBox(0, 0, 1, 1), 0.5))));
        Assert.Contains("category index 2", Refused(() => evaluator.Add(2, [Truth(0, 0, 1, 1) with { Category = 2 }], [])));
        Assert.Contains("category index -1", Refused(() => evaluator.Add(2, [], [Found(0, 0, 1, 1, 0.5) with { Category = -1 }])));
        Assert.Contains("not finite", Refused(() => evaluator.Add(2, [Truth(double.NaN, 0, 1, 1)], [])));
        Assert.Contains("score NaN", Refused(() => evaluator.Add(2, [Truth(0, 0, 1, 1)], [Found(0, 0, 1, 1, double.NaN)])));
        Assert.Contains("\"a\" and \"b\"", Refused(() => new CocoEvaluator([new(1, "a"), new(1, "b")])));

        Assert.Equal(1, evaluator.ImageCount);
        Assert.Equal(CocoResult.Undefined, evaluator.Evaluate().Summary.Ap);
    }

    private static string Refused(Action act) => Assert.Throws<ArgumentException>(act).Message;

    private static CocoTruth<CocoBox> Truth(double x, double y, double w, double h) => new(0, new CocoBox(x, y, w, h), w * h);

    private static CocoDetection<CocoBox> Found(double x, double y, double w, double h, double score) =>
        new(0, new CocoBox(x, y, w, h), w * h, score);
}
