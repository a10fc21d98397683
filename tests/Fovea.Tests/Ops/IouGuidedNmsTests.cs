using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class IouGuidedNmsTests
{
    private static (long[] Indices, float[] Scores) Keep(float[] boxes, float[] scores, float[] confidence, long[] classes,
        double threshold = 0.5)
    {
        using var scope = new TensorScope();
        int n = scores.Length;
        (Tensor indices, Tensor best) = IouGuidedNms.KeepPerClass(Tensor.From(boxes, n, 4), Tensor.From(scores, n),
            Tensor.From(confidence, n), Tensor.From(classes, n), threshold);
        return (indices.ToArray<long>(), best.ToArray<float>());
    }

    [Fact]
    public void The_box_that_lies_best_takes_the_best_score_of_its_cluster()
    {
        // The second box lies best of the first three, though the first is the surest; the third is surest of its own class.
        float[] boxes = [0, 0, 10, 10, 0, 0, 10, 9, 0, 0, 10, 8, 50, 50, 60, 60], scores = [0.9f, 0.5f, 0.7f, 0.95f],
            confidence = [0.6f, 0.8f, 0.7f, 0.1f];
        (long[] indices, float[] best) = Keep(boxes, scores, confidence, new long[4]);
        Assert.Equal([3, 1], indices);
        Assert.Equal([0.95f, 0.9f], best);
        (indices, best) = Keep(boxes, scores, confidence, [0, 0, 1, 0]);
        Assert.Equal([3, 1, 2], indices);
        Assert.Equal([0.95f, 0.9f, 0.7f], best);
    }

    [Theory, InlineData(0.3), InlineData(0.6)]
    public void It_agrees_with_algorithm_1_and_with_hard_suppression_where_scores_and_confidence_are_one(double threshold)
    {
        const int n = 60;
        float[] boxes = Boxes(n, 60, 50, 4), scores = Fill(n, 5), confidence = Fill(n, 6);
        long[] classes = [.. Enumerable.Range(0, n).Select(i => i % 3L)];
        (long[] indices, float[] best) = Keep(boxes, scores, confidence, classes, threshold);
        Dictionary<long, float> twin = Plain(boxes, scores, confidence, classes, (float)threshold);
        Assert.Equal(twin.Keys.Order(), indices.Order());
        Assert.Equal(indices.Select(i => twin[i]), best);
        Assert.Equal(best.OrderDescending(), best);
        Assert.Equal(PlainBoxes.Nms(boxes, scores, (float)threshold, classes), Keep(boxes, scores, scores, classes, threshold).Indices);
    }

    [Fact]
    public void No_boxes_keep_nothing_and_a_confidence_for_each_is_needed()
    {
        Assert.Empty(Keep([], [], [], []).Indices);
        using var scope = new TensorScope();
        Assert.Contains("one number a box", Assert.Throws<ArgumentException>(() => IouGuidedNms.KeepPerClass(Tensor.Zeros([1, 4]),
            Tensor.Ones([1]), Tensor.Ones([2]), Tensor.Zeros([1], DType.Int64), 0.5)).Message);
    }

    // Algorithm 1 as it stands.
    private static Dictionary<long, float> Plain(float[] boxes, float[] scores, float[] confidence, long[] classes, float threshold)
    {
        Dictionary<long, float> kept = [];
        List<int> left = [.. Enumerable.Range(0, scores.Length)];
        while (left.Count > 0)
        {
            int best = left.MaxBy(i => confidence[i]);
            left.Remove(best);
            int[] cluster = [.. left.Where(i => classes[i] == classes[best]
                && PlainBoxes.Iou(PlainBoxes.At(boxes, best), PlainBoxes.At(boxes, i)) > threshold)];
            kept[best] = cluster.Append(best).Max(i => scores[i]);
            left.RemoveAll(cluster.Contains);
        }
        return kept;
    }
}
