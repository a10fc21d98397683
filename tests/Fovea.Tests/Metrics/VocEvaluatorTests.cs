using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class VocEvaluatorTests
{
    private static readonly ImageSize Size = new(500, 500);
    private static readonly Category[] One = [new(1, "thing")];
    private static readonly Box A = new(0, 0, 10, 10), B = new(20, 0, 30, 10), Nowhere = new(100, 100, 110, 110);

    public static TheoryData<VocGolden> Goldens => new(MetricsGoldens.Voc);

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Both_precisions_are_the_published_ports(VocGolden golden)
    {
        // The kit's numbers as they are, and as the VOC reader turns them into continuous pixels: the same overlaps.
        foreach (BoxEdges edges in Enum.GetValues<BoxEdges>())
        {
            VocCategoryFigures figures = golden.Evaluate(edges);
            Assert.Equal(golden.ElevenPoint, figures.ElevenPointAp, 1e-12);
            Assert.Equal(golden.AllPoint, figures.Ap, 1e-12);
        }
    }

    [Fact]
    public void Right_wrong_right_by_hand()
    {
        VocCategoryFigures figures = Evaluate([Truth(A), Truth(B)], [A, Nowhere, B], [0.9f, 0.8f, 0.7f]);

        Assert.Equal([1, 0.5, 2 / 3.0], figures.Precision);
        Assert.Equal([0.5, 0.5, 1], figures.Recall);
        Assert.Equal((6 * 1 + 5 * (2 / 3.0)) / 11, figures.ElevenPointAp, 1e-12); // Recalls 0 to 0.5, then 0.6 to 1.
        Assert.Equal(0.5 * 1 + 0.5 * (2 / 3.0), figures.Ap, 1e-12);
    }

    [Fact]
    public void A_duplicate_is_wrong()
    {
        VocCategoryFigures figures = Evaluate([Truth(A), Truth(B)], [A, A, B], [0.9f, 0.8f, 0.7f]);
        Assert.Equal([1, 0.5, 2 / 3.0], figures.Precision);
    }

    [Fact]
    public void A_detection_whose_best_object_is_taken_does_not_turn_to_another()
    {
        var neighbour = new Box(2, 0, 12, 10); // Overlaps A by 8 / 12.
        VocCategoryFigures figures = Evaluate([Truth(A), Truth(neighbour)], [A, A], [0.9f, 0.8f]);
        Assert.Equal([1, 0.5], figures.Precision);
    }

    [Fact]
    public void Difficult_objects_and_crowds_count_neither_way()
    {
        VocCategoryFigures figures = Evaluate(
            [Truth(A) with { IsDifficult = true }, Truth(Nowhere) with { IsCrowd = true }, Truth(B)], [A, A, Nowhere, B], [0.9f, 0.8f, 0.7f, 0.6f]);

        Assert.Equal(1, figures.Objects);
        Assert.Equal([1.0], figures.Precision);
        Assert.Equal(1, figures.Ap, 1e-12);
    }

    [Fact]
    public void Of_objects_overlapped_equally_the_first_is_meant()
    {
        Annotation difficult = Truth(A) with { IsDifficult = true };
        Assert.Equal([1.0], Evaluate([Truth(A), difficult], [A], [0.9f]).Precision);
        Assert.Empty(Evaluate([difficult, Truth(A)], [A], [0.9f]).Precision);
    }

    [Fact]
    public void The_threshold_itself_suffices()
    {
        var half = new Box(0, 0, 10, 5); // 50 / 100
        Assert.Equal(1, Evaluate([Truth(A)], [half], [0.9f]).Ap, 1e-12);
        Assert.Equal(0, Evaluate([Truth(A)], [half with { Y2 = 4.999 }], [0.9f]).Ap);
        // Read as first and last pixel, A is 11 x 11 and the other 11 x 6.
        Assert.Equal(0, Evaluate([Truth(A)], [half with { Y2 = 4 }], [0.9f], VocOptions.Default with { Edges = BoxEdges.Inclusive }).Ap);
        Assert.Equal(1, Evaluate([Truth(A)], [half with { Y2 = 5 }], [0.9f], VocOptions.Default with { Edges = BoxEdges.Inclusive }).Ap, 1e-12);
    }

    [Fact]
    public void Categories_without_objects_are_left_out_of_the_means()
    {
        var evaluator = new VocEvaluator([new(1, "found"), new(2, "absent"), new(3, "missed")]);
        evaluator.Add(1, [Truth(A), Truth(B) with { Category = 2 }], new Detections(Size, [A, B], [0.9f, 0.8f], [0, 1]));
        evaluator.Add(2, [], Detections.None(Size));

        VocResult result = evaluator.Evaluate();

        Assert.Equal([1, VocResult.Undefined, 0], result.PerCategory.Select(figures => figures.Ap));
        Assert.Equal(0.5, result.MeanAp, 1e-12);
        Assert.Equal(0.5, result.MeanElevenPointAp, 1e-12);
        Assert.Equal(VocResult.Undefined, new VocEvaluator(One).Evaluate().MeanAp);
    }

    [Fact]
    public void What_is_not_valid_is_refused_and_leaves_no_trace()
    {
        var evaluator = new VocEvaluator(One);
        Assert.Throws<ArgumentException>(() => evaluator.Add(1, [Truth(A) with { Category = 1 }], Detections.None(Size)));
        Assert.Throws<ArgumentException>(() => evaluator.Add(1, [], new Detections(Size, [A], [1f], [1])));
        Assert.Throws<ArgumentException>(() => evaluator.Add(1, [Truth(A with { X1 = double.NaN })], Detections.None(Size)));
        evaluator.Add(1, [], Detections.None(Size));
        Assert.Contains("added before", Assert.Throws<ArgumentException>(() => evaluator.Add(1, [], Detections.None(Size))).Message);
        Assert.Throws<ArgumentException>(() => VocOptions.Default with { IouThreshold = 0 });
        Assert.Throws<ArgumentException>(() => VocOptions.Default with { Edges = (BoxEdges)9 });
    }

    private static Annotation Truth(Box box) => new() { Category = 0, Box = box };

    private static VocCategoryFigures Evaluate(Annotation[] truths, Box[] boxes, float[] scores, VocOptions? options = null)
    {
        var evaluator = new VocEvaluator(One, options);
        evaluator.Add(1, truths, new Detections(Size, boxes, scores, new int[boxes.Length]));
        return evaluator.Evaluate().PerCategory[0];
    }
}
