using System.Text.Json;
using Fovea.Detection;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Training;

// A run uses libtorch's own generators, which belong to the whole process: nothing else may draw from them meanwhile.
[CollectionDefinition(nameof(TrainerTests), DisableParallelization = true)]
[Collection(nameof(TrainerTests))]
public class TrainerTests
{
    [Fact]
    public void Four_pictures_are_learnt_by_heart()
    {
        using var run = new TinyRun();
        TrainingOptions options = TinyRun.Options with
        {
            Epochs = 1, BatchSize = 4, Optimizer = OptimizerKind.Adam, LearningRate = 5e-3, CheckpointEvery = 0, WeightDecay = 0,
            Augmentation = new AugmentationOptions { HorizontalFlip = 0 },
        };
        using FasterRcnn model = TinyRun.Model(width: 16);
        run.Train(options, new TinyPictures(4) { Times = 200 }, new TinyPictures(4), model: model);
        Assert.InRange(run.Validations.Single().Metrics["AP50"], 0.9, 1);
        Assert.True(run.Steps[^1].Losses["loss"] < 0.3 * run.Steps[0].Losses["loss"]);
    }

    [Fact]
    public void The_run_folder_tells_the_whole_run()
    {
        using var run = new TinyRun();
        TrainingResult result = run.Train(TinyRun.Options with { Accumulation = 2, EmaDecay = 0.9 });
        JsonElement[] lines = [.. File.ReadLines(run.Files.MetricsPath).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([0, 1, 2, 2, 2, 3, 4, 4], lines.Select(line => line.GetProperty("step").GetInt32()));   // 3 batches an epoch: two steps
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 2], lines.Select(line => line.GetProperty("epoch").GetInt32()));
        Assert.Equal(run.Validations[0].Metrics["AP"], lines[3].GetProperty("val.AP").GetDouble());
        Assert.Equal(run.Steps[0].Losses["loss"], lines[0].GetProperty("loss").GetDouble());
        Assert.Equal(["loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg", "loss"], run.Steps[0].Losses.Keys);
        Assert.Equal(run.Steps[0].Losses["loss"], run.Steps[0].Losses.Where(l => l.Key != "loss").Sum(l => l.Value), 1e-4);
        Assert.Equal((4, false), (result.Steps, result.StoppedEarly));
        Assert.Equal(3, Directory.GetFiles(run.Files.PicturesPath).Length);

        using Checkpoint best = Checkpoint.Open(run.Files.BestPath), last = Checkpoint.Open(run.Files.LastPath);
        Assert.Equal(result.Best, best.Metrics["AP"]);
        Assert.Equal(["red", "blue"], best.Categories.Select(c => c.Name));
        Assert.Null(best.TrainingProgress);
        Assert.Equal((2, 0, 4L), (last.TrainingProgress!.Epoch, last.TrainingProgress.Batch, last.TrainingProgress.Step));
    }

    [Fact]
    public void What_is_frozen_keeps_its_bits_also_in_the_average()
    {
        using var run = new TinyRun();
        using FasterRcnn model = TinyRun.Model(), before = TinyRun.Model();
        run.Train(TinyRun.Options with { Freeze = "2", EmaDecay = 0.9 }, model: model);
        using WeightFile best = WeightFile.Open(run.Files.BestPath);
        int changed = 0;
        foreach ((string name, Tensor value) in before.StateDict())
        {
            bool same = Same(best.Tensors[name], value);
            if (name.StartsWith("backbone.body.stage0", StringComparison.Ordinal) || name.StartsWith("backbone.body.stage1", StringComparison.Ordinal))
                Assert.True(same, name);
            else changed += same ? 0 : 1;
        }
        Assert.InRange(changed, 30, 100);
        Assert.Throws<ArgumentException>(() => run.Train(TinyRun.Options with { Freeze = "5" }));
    }

    [Fact]
    public void The_last_step_of_an_epoch_may_have_fewer_batches_and_is_not_shorter_for_it()
    {
        float[] Learn(int accumulation)
        {
            using var run = new TinyRun();
            run.Train(TinyRun.Options with { Epochs = 1, BatchSize = 1, Accumulation = accumulation, WarmUpSteps = 0 }, new TinyPictures(1));
            using WeightFile last = WeightFile.Open(run.Files.LastPath);
            return last.Tensors["rpn.head.cls_logits.weight"].ToArray<float>();
        }
        Assert.Equal(Learn(1), Learn(3));
    }

    [Fact]
    public void Nothing_to_learn_from_or_to_measure_on_is_told()
    {
        using var run = new TinyRun();
        Assert.Contains("no object to measure on", Assert.Throws<ArgumentException>(() => run.Train(TinyRun.Options, val: new TinyPictures(2) { Empty = true })).Message);
        Assert.Contains("no object to measure on", Assert.Throws<ArgumentException>(() => run.Train(TinyRun.Options, val: new TinyPictures(0))).Message);
        Assert.Contains("no pictures", Assert.Throws<ArgumentException>(() => run.Train(TinyRun.Options, new TinyPictures(0))).Message);
    }

    [Fact]
    public void Pictures_without_objects_are_learnt_from()
    {
        using var run = new TinyRun();
        run.Train(TinyRun.Options with { Epochs = 1 }, new TinyPictures(4) { Empty = true });
        Assert.All(run.Steps, step => Assert.Equal(0, step.Losses["loss_box_reg"]));
        Assert.All(run.Steps, step => Assert.True(step.Losses["loss_objectness"] > 0));
    }

    [Fact]
    public void A_run_stops_when_nothing_improves_any_more()
    {
        using var run = new TinyRun();
        TrainingResult result = run.Train(TinyRun.Options with { Epochs = 20, LearningRate = 0, EarlyStopping = 2 });
        Assert.True(result.StoppedEarly);
        Assert.Equal([true, false, false], run.Validations.Select(v => v.IsBest));
        Assert.Equal(1, result.BestEpoch);
    }

    [Fact]
    public void The_evaluation_of_the_best_checkpoint_is_what_the_run_said()
    {
        using var run = new TinyRun();
        using FasterRcnn model = TinyRun.Model(), loaded = TinyRun.Model(seed: 9);
        run.Train(TinyRun.Options with { Epochs = 1, EmaDecay = 0.9 }, model: model);
        using Checkpoint best = Checkpoint.Open(run.Files.BestPath);
        best.LoadInto(loaded);
        loaded.Train(false);
        DetectorResult result = DetectorEvaluation.Run(loaded, new TinyPictures(3, 100), Device.Cpu, new EvaluationOptions { Workers = 2 });
        Assert.Equal(best.Metrics["AP"], result.Boxes.Summary.ToDictionary()["AP"]);
    }

    private static bool Same(StoredTensor saved, Tensor value)
    {
        using var scope = new TensorScope();
        return saved.ToTensor().ElementsEqual(value.Detach());
    }
}
