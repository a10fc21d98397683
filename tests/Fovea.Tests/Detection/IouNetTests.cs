using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Detection;

/// <summary>The whole network; it counts the live tensors of the process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class IouNetTests
{
    private static readonly ImageSize Size = new(64, 64);

    private static IouNet Model(Suppression suppression = Suppression.IouGuided, int steps = 3)
    {
        using var generator = new Generator(2);
        return new IouNet(new PyramidBackbone(new TinyBackbone(generator), 8, generator), 3, new IouNetOptions
        {
            Detector = new()
            {
                Transform = new DetectionTransform { MinSize = 64, MaxSize = 64 }, HeadWidth = 16, AnchorSizes = [8, 16, 24, 32, 64],
                Pooling = RoiPooling.Precise, Rpn = new() { PostNmsTopNTraining = 30, PostNmsTopNTesting = 30 },
                RoiHeads = new() { BatchSizePerImage = 16, Selection = new() { Suppression = suppression, ScoreThreshold = 0.1 } },
            },
            Refinement = new() { Steps = steps },
        }, generator);
    }

    private static ImageBatch Batch(IouNet model, params int[] heights) => model.Transform.Batch([.. heights.Select(height =>
        new Image(new ImageSize(height, 64), [.. Enumerable.Range(0, height * 64 * 3).Select(i => (byte)(i * 7 % 251))]))]);

    private static DetectionTarget Target(float[] boxes, params long[] labels) =>
        new(Tensor.From(boxes, labels.Length, 4), Tensor.From(labels, labels.Length));

    [Fact]
    public void Jittered_boxes_have_every_IoU_from_the_least_on()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        float[] truth = [10, 10, 50, 40, 5, 30, 20, 60];
        JitteredBoxes jittered = JitteredBoxes.Draw([Target(truth, 1, 2), Target([], [])], [Size, Size], 200, 0.5, generator);
        Assert.Equal((400, 0), (jittered.Boxes[0].Size(0), jittered.Boxes[1].Size(0)));
        Assert.Equal([.. Enumerable.Repeat(1L, 200), .. Enumerable.Repeat(2L, 200)], jittered.Labels.ToArray<long>());
        float[] ious = jittered.Ious.ToArray<float>(), boxes = jittered.Boxes[0].ToArray<float>();
        for (int i = 0; i < ious.Length; i++)
            Assert.Equal(PlainBoxes.Iou(PlainBoxes.At(boxes, i), PlainBoxes.At(truth, i / 200)), ious[i], 1e-4f);
        for (double low = 0.5; low < 0.95; low += 0.1) Assert.InRange(ious.Count(iou => iou >= low && iou < low + 0.1), 40, 140);
    }

    [Fact]
    public void The_loss_of_the_head_worked_by_hand()
    {
        using var scope = new TensorScope();
        using var head = new IouHead(1, 2, 2);
        using (new NoGrad())
            foreach ((string name, Tensor parameter) in head.NamedParameters())
                if (name == "predictor.bias") parameter.CopyInPlace(Tensor.From([0.2f, -0.6f], 2));
                else parameter.ZeroInPlace();
        Tensor[] maps = [Tensor.Zeros([1, 1, 16, 16])];
        var jittered = new JitteredBoxes([Tensor.From<float>([1, 1, 9, 9, 2, 2, 8, 8], 2, 4)], Tensor.From([1L, 2], 2), Tensor.From([0.5f, 1], 2));
        // It says 0.2 and -0.6 where 0 and 1 are true, on a scale from -1 to 1.
        Assert.Equal((0.2 * 0.2 / 2 + (1.6 - 0.5)) / 2, head.ComputeLoss(maps, jittered, [Size]).Item(), 1e-6);
        Tensor predicted = head.Forward(maps, jittered.Boxes, jittered.Labels, [Size]);
        Assert.Equal([0.6f, 0.2f], predicted.ToArray<float>().Select(v => MathF.Round(v, 5)));
        var none = new JitteredBoxes([Tensor.Zeros([0, 4])], Tensor.Zeros([0], DType.Int64), Tensor.Zeros([0]));
        Assert.Equal(0, head.ComputeLoss(maps, none, [Size]).Item());
    }

    [Fact]
    public void Boxes_climb_to_where_the_head_believes_more()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        using var head = new IouHead(4, 8, 2, generator);
        Tensor[] maps = [Tensor.Randn([1, 4, 16, 16], generator)];
        Tensor boxes = Tensor.From<float>([8, 8, 30, 40, 20, 12, 50, 44], 2, 4), labels = Tensor.From([1L, 2], 2);
        DetectionCandidates[] found = [new(new Boxes(boxes), Tensor.From([0.9f, 0.8f], 2), labels)];
        float[] Believed(Tensor at) => head.Forward(maps, [at], labels, [Size]).ToArray<float>();
        float[] before = Believed(boxes);
        var refinement = new BoxRefinement { Steps = 4, StepSize = 0.2, LeastChange = 0 };
        DetectionCandidates refined = refinement.Run(head, maps, found, [Size])[0];
        float[] after = Believed(refined.Boxes.Tensor);
        Assert.All(before.Zip(after), pair => Assert.True(pair.Second > pair.First, $"{pair.First} became {pair.Second}"));
        Assert.Equal(after.Select(v => MathF.Round(v, 4)), refined.Confidence!.ToArray<float>().Select(v => MathF.Round(v, 4)));
        // A change below the least one ends it after a step; without steps nothing moves.
        DetectionCandidates once = (refinement with { LeastChange = 10 }).Run(head, maps, found, [Size])[0];
        Assert.True(once.Boxes.Tensor.ElementsEqual((refinement with { Steps = 1 }).Run(head, maps, found, [Size])[0].Boxes.Tensor));
        Assert.Same(found, (refinement with { Steps = 0 }).Run(head, maps, found, [Size]));
    }

    [Fact]
    public void Every_parameter_learns_and_pictures_without_objects_have_no_loss_of_boxes()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using IouNet model = Model();
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(Batch(model, 64, 50, 64),
            [Target([3, 4, 40, 30, 20, 10, 64, 48], 1, 2), Target([], []), Target([5, 5, 6, 6], 2)], generator);
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } gradient && gradient.IsFinite().All().Item() == 1 && gradient.Abs().Max().Item() > 0, $"{name} has no gradient");
        losses = model.ComputeLosses(Batch(model, 64), [Target([], [])], generator);
        Assert.Equal((0, 0), (losses["loss_iou"].Item(), losses["loss_box_reg"].Item()));
    }

    [Theory, InlineData(Suppression.IouGuided, 3), InlineData(Suppression.Hard, 0), InlineData(Suppression.SoftGaussian, 1)]
    public void What_is_found_lies_in_the_picture_and_leaves_nothing_behind(Suppression suppression, int steps)
    {
        using IouNet model = Model(suppression, steps);
        model.Train(false);
        Detections[] Look()
        {
            using var scope = new TensorScope();
            return model.Predict(Batch(model, 64, 41));
        }
        Look();
        long before = LiveTensors.Settled();
        Detections[] found = Look();
        Assert.Equal(before, Tensor.LiveCount);
        Assert.All(found, one =>
        {
            Assert.InRange(one.Count, 1, 100);
            Assert.All(one.Boxes, box => Assert.True(box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= one.Size.Width + 1e-3 && box.Y2 <= one.Size.Height + 1e-3));
        });
    }

    [Fact]
    public void It_is_built_by_name_and_follows_its_confidence()
    {
        DetectorEntry entry = ModelZoo.FindDetector("iounet_resnet18_fpn");
        using var model = (IouNet)entry.Create(3, new DetectorSettings { PyramidChannels = 8, HeadWidth = 16, RefinementSteps = 0 });
        Assert.Equal((Suppression.IouGuided, 0, RoiPooling.Precise),
            (model.Options.Detector.RoiHeads.Selection.Suppression, model.Options.Refinement.Steps, model.Options.Detector.Pooling));
        entry.Family.Expect(entry.Id, new DetectorSettings { Suppression = Suppression.IouGuided });
        Dictionary<string, long> lengths = model.NamedParameters().Where(p => p.Parameter.Dim == 1).ToDictionary(p => p.Name, p => p.Parameter.Numel);
        Assert.All(entry.Family.Lengths(new DetectorSettings { PyramidChannels = 8, HeadWidth = 16 }), told => Assert.Equal(told.Length, lengths[told.Name]));
        Assert.Equal(2, lengths["iou_head.predictor.bias"]);
    }
}
