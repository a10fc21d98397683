using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>A loss that is infinite or not a number stops the run, says why, and leaves good checkpoints.</summary>
[Collection(nameof(TrainerTests))]
public class TrainerDivergenceTests
{
    [Fact]
    public void A_parameter_that_is_not_a_number_is_named_with_the_pictures()
    {
        using var run = new TinyRun();
        using FasterRcnn model = TinyRun.Model();
        Spoil(model, "rpn.head.bbox_pred.bias", float.NaN);
        string message = Assert.Throws<TrainingDivergedException>(() => run.Train(TinyRun.Options, model: model)).Message;
        Assert.Contains("the parameter rpn.head.bbox_pred.bias itself is not finite", message);
        Assert.Matches(@"rectangles-\d\.png \(64 x 64\) with [12] boxes \[", message);
        Assert.Contains("after 0 steps", message);

        string path = Path.Combine(run.Folder, "diverged.safetensors");
        Assert.Contains(path, message);
        using SafetensorsFile batch = SafetensorsFile.Open(path);
        Assert.Equal([2, 3, 64, 64], batch["input"].Shape);
        Assert.Equal(4, batch["target.boxes.0"].Shape[1]);
        Assert.Equal(batch["target.boxes.1"].Shape[0], batch["target.labels.1"].ElementCount);
        Assert.Equal(2, batch.Metadata["pictures"].Split('\n').Length);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Every_part_of_the_network_may_go_bad(float value)
    {
        foreach (string name in (string[])["backbone.body.stage0.0.weight", "backbone.body.stage2.1.bias", "backbone.fpn.inner_blocks.1.0.bias",
            "rpn.head.cls_logits.bias", "rpn.head.bbox_pred.bias", "roi_heads.box_head.fc6.bias", "roi_heads.box_predictor.cls_score.bias", "roi_heads.box_predictor.bbox_pred.bias"])
        {
            using var run = new TinyRun();
            using FasterRcnn model = TinyRun.Model();
            Spoil(model, name, value);
            Assert.Contains($"the parameter {name}", Assert.Throws<TrainingDivergedException>(() => run.Train(TinyRun.Options with { Epochs = 1 }, model: model)).Message);
            Assert.False(File.Exists(run.Files.LastPath));
        }
    }

    [Fact]
    public void A_learning_rate_that_is_far_too_large_leaves_a_finite_checkpoint()
    {
        using var run = new TinyRun();
        TrainingOptions options = TinyRun.Options with { LearningRate = 1e30, WarmUpSteps = 0, Epochs = 5 };
        string message = Assert.Throws<TrainingDivergedException>(() => run.Train(options)).Message;
        Assert.Contains("lower the learning rate", message);
        Assert.Contains("the last checkpoint is from before", message, StringComparison.OrdinalIgnoreCase);
        if (!File.Exists(run.Files.LastPath)) return;
        using WeightFile last = WeightFile.Open(run.Files.LastPath);
        foreach ((string name, StoredTensor tensor) in last.Tensors)
            if (tensor.DType == DType.Float32) Assert.True(tensor.ToArray<float>().All(float.IsFinite), name);
    }

    [Fact]
    public void A_layer_that_overflows_is_named()
    {
        using var run = new TinyRun();
        using FasterRcnn model = TinyRun.Model();
        using (new NoGrad())
            foreach ((string name, Tensor parameter) in model.NamedParameters())
                if (name is "roi_heads.box_head.fc6.weight" or "roi_heads.box_head.fc7.weight") parameter.FillInPlace(1e30);
        string message = Assert.Throws<TrainingDivergedException>(() => run.Train(TinyRun.Options, model: model)).Message;
        Assert.Contains("the first layer with a bad output is roi_heads.box_head.fc7 (Linear)", message);
    }

    [Fact]
    public void A_bad_picture_is_told_from_a_bad_layer()
    {
        using FasterRcnn model = TinyRun.Model();
        using DetectionBatch batch = DetectionBatch.From([new TinyPictures(1).Load(0)], model.Transform);
        using (var scope = new TensorScope()) batch.Images.Pixels[0, 1, 5, 5].FillInPlace(double.PositiveInfinity);
        using var generator = new Generator(1);
        string place = DivergenceReport.FirstBadPlace(model, () => model.ComputeLosses(batch.Images, batch.Targets, generator));
        Assert.Equal("the input of backbone.body.stage0.0 (Conv2d) is already bad: look at the pictures", place);
        Assert.False(Fovea.Torch.Nn.Layer.IsObserved);
    }

    private static void Spoil(FasterRcnn model, string name, float value)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        model.NamedParameters().Single(p => p.Name == name).Parameter.Flatten()[0].FillInPlace(value);
    }
}
