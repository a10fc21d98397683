using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Tests.Ops;
using Fovea.Torch;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>Live tensors and resident memory stay flat. Counts those of the whole process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class TrainingLeakTests
{
    private const int Steps = 1000, Settled = 300;
    private const long Slack = 24L << 20;

    [Fact]
    public void A_thousand_steps_leave_nothing_behind()
    {
        using var run = new TinyRun();
        var tensors = new List<long>();
        long settled = 0, end = 0;
        run.AfterStep = _ =>
        {
            tensors.Add(Tensor.LiveCount);
            if (tensors.Count == Settled) settled = Resident();
            if (tensors.Count == Steps) end = Resident();
        };
        run.Train(TinyRun.Options with { Epochs = 10, BatchSize = 1, CheckpointEvery = 0, EmaDecay = 0.99, ClipNorm = 10 }, new TinyPictures(4) { Times = Steps / 40 });
        Assert.Equal(Steps, tensors.Count);
        // The loader's batches that are ready ahead come and go; a leak of one tensor a step would add 700.
        Assert.InRange(tensors[Settled..].Max(), 0, tensors[..Settled].Max() + 30);
        Assert.True(end < settled + Slack, $"resident memory grew from {settled >> 20} to {end >> 20} MB");
    }

    [Fact]
    public void A_thousand_predictions_leave_nothing_behind()
    {
        using FasterRcnn model = TinyRun.Model(scoreThreshold: 0);
        using var predictor = new Predictor(model, new TinyPictures(1).Categories, Device.Cpu);
        // More sizes than grids of anchors are kept.
        Image[] pictures = [.. Enumerable.Range(0, 20).Select(i => new Scenes(1, 3, new ImageSize(40 + 8 * i, 200 - 8 * i)).Load(0).Image)];
        var counts = new List<long>();
        long settled = 0;
        for (int i = 0; i < Steps; i++)
        {
            Assert.True(predictor.Predict(pictures[i % 20]).Count > 0);
            counts.Add(Tensor.LiveCount);
            if (i == Settled) settled = Resident();
        }
        Assert.InRange(counts[Settled..].Max(), 0, counts[..Settled].Max());
        long end = Resident();
        Assert.True(end < settled + Slack, $"resident memory grew from {settled >> 20} to {end >> 20} MB");
    }

    [Fact]
    public void A_model_that_is_disposed_of_leaves_no_tensor()
    {
        Use();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.LiveCount;
        Use();
        Assert.Equal(before, Tensor.LiveCount);

        static void Use()
        {
            using var run = new TinyRun();
            run.Train(TinyRun.Options with { EmaDecay = 0.9 });
        }
    }

    [Fact]
    public void A_batch_that_is_refused_leaves_no_tensor()
    {
        using FasterRcnn model = TinyRun.Model();
        Sample good = new TinyPictures(1).Load(0);
        Sample bad = good with { Annotations = [good.Annotations[0] with { Box = new(5, 5, 5, 9) }] };
        long before = Tensor.LiveCount;
        Assert.Throws<ArgumentException>(() => DetectionBatch.From([good, bad], model.Transform));
        Assert.Equal(before, Tensor.LiveCount);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
