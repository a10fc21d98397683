using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Detection;

/// <summary>The whole network; it counts the live tensors of the process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class CornerNetTests
{
    private static readonly HourglassDesign Tiny = new(8, [8, 8, 12], [1, 1, 2]);

    private static CornerNet Model(int classes = 3)
    {
        using var generator = new Generator(4);
        return new CornerNet(Tiny, classes + 1, new CornerNetOptions
        {
            PoolChannels = 8, Transform = new DetectionTransform { MinSize = 48, MaxSize = 64 },
        }, generator: generator);
    }

    private static ImageBatch Batch(CornerNet model, params (int Height, int Width)[] sizes) => model.Transform.Batch([.. sizes.Select((size, n) =>
        new Image(new ImageSize(size.Height, size.Width), [.. Enumerable.Range(0, size.Height * size.Width * 3).Select(i => (byte)(i * (n + 7) % 251))]))]);

    private static DetectionTarget Target(float[] boxes, params long[] labels) =>
        new(Tensor.From(boxes, labels.Length, 4), Tensor.From(labels, labels.Length));

    // Convolutions with their batch norms, by hand.
    private static long Parameters(HourglassDesign design, long pool, long classes)
    {
        long c = design.Widths[0];
        long Unit(long from, long to, long kernel) => from * to * kernel * kernel + 2 * to;
        long Block(long from, long to) => Unit(from, to, 3) + Unit(to, to, 3) + (from == to ? 0 : Unit(from, to, 1));
        long Halving(long from, long to) => Unit(from, to, 3) + Unit(to, to, 3) + Unit(from, to, 1);
        long Glass(int level)
        {
            long here = design.Widths[level], below = design.Widths[level + 1], blocks = design.Blocks[level];
            long inner = level + 2 < design.Widths.Count ? Glass(level + 1) : design.Blocks[level + 1] * Block(below, below);
            return blocks * Block(here, here) + Halving(here, below) + 2 * (blocks - 1) * Block(below, below) + Block(below, here) + inner;
        }
        long head = 2 * Unit(c, pool, 3) + Unit(pool, c, 3) + Unit(c, c, 1) + Unit(c, c, 3);
        foreach (long outputs in new[] { classes, 1, 2 }) head += 9 * c * c + c + c * outputs + outputs;
        return Unit(3, design.Stem, 7) + Halving(design.Stem, c) + design.Stacks * (Glass(0) + Unit(c, c, 3) + 2 * head)
            + (design.Stacks - 1) * (2 * Unit(c, c, 1) + Block(c, c));
    }

    [Fact]
    public void As_many_parameters_as_counted_by_hand()
    {
        // The paper's implementation tells 201,035,212 for COCO's 80 classes.
        Assert.Equal(201_035_212, Parameters(HourglassDesign.Hourglass104, 128, 80));
        using CornerNet tiny = Model();
        Assert.Equal(Parameters(Tiny, 8, 3), tiny.ParameterCount());
        using var small = ModelZoo.FindDetector("cornernet_small").Create(4, new DetectorSettings());
        Assert.Equal(Parameters(HourglassDesign.Small, 32, 3), small.ParameterCount());
    }

    [Fact]
    public void Every_parameter_learns_from_objects_of_every_kind()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using CornerNet model = Model();
        ImageBatch images = Batch(model, (48, 64), (37, 61), (48, 48));
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(images,
            [Target([3, 4, 40, 30, 20, 10, 64, 48], 1, 3), Target([], []), Target([5, 5, 6, 6], 2)], generator);
        Assert.Equal(["loss_heat_map", "loss_offset", "loss_pull", "loss_push"], losses.Keys.Order());
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
        Assert.All(losses.Values, loss => Assert.True(double.IsFinite(loss.Item())));
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } gradient && gradient.Abs().Max().Item() > 0, $"{name} has no gradient");
    }

    [Fact]
    public void Pictures_without_objects_teach_that_there_are_none()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using CornerNet model = Model();
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(Batch(model, (48, 48)), [Target([], [])], generator);
        Assert.Equal((0, 0, 0), (losses["loss_pull"].Item(), losses["loss_push"].Item(), losses["loss_offset"].Item()));
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
        Assert.True(losses["loss_heat_map"].Item() > 0);
    }

    [Fact]
    public void What_is_found_lies_in_the_picture_and_a_step_leaves_nothing_behind()
    {
        using var generator = new Generator(1);
        using CornerNet model = Model();
        void Step()
        {
            using var scope = new TensorScope();
            model.ComputeLosses(Batch(model, (48, 64)), [Target([3, 4, 40, 30], 1)], generator).Values.Aggregate((a, b) => a + b).Backward();
            model.ZeroGrad();
        }
        Detections[] Look()
        {
            using var scope = new TensorScope();
            return model.Predict(Batch(model, (37, 61), (90, 33)));
        }
        Step();
        model.Train(false);
        Look();
        long before = LiveTensors.Settled();
        Detections[] found = Look();
        Assert.Equal(before, Tensor.LiveCount);
        Assert.All(found, one =>
        {
            Assert.InRange(one.Count, 1, 100);
            Assert.All(one.Boxes, box => Assert.True(box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= one.Size.Width + 1e-3 && box.Y2 <= one.Size.Height + 1e-3 && !box.IsEmpty));
            Assert.Equal(one.Scores.OrderDescending(), one.Scores);
        });
        model.Train(true);
        before = LiveTensors.Settled();
        Step();
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void It_is_built_by_name_with_its_own_suppression_or_another()
    {
        DetectorEntry entry = ModelZoo.FindDetector("cornernet_small");
        using var own = (CornerNet)entry.Create(3, new DetectorSettings { MinSize = 64, MaxSize = 96 });
        Assert.Equal((Suppression.SoftGaussian, 32, 64), (own.Options.Selection.Suppression, own.Transform.SizeDivisor, own.Transform.MinSize));
        using var other = (CornerNet)entry.Create(3, new DetectorSettings { Suppression = Suppression.Hard, NmsThreshold = 0.4 });
        Assert.Equal((Suppression.Hard, 0.4), (other.Options.Selection.Suppression, other.Options.Selection.NmsThreshold));
        Dictionary<string, long> lengths = own.NamedParameters().Where(p => p.Parameter.Dim == 1).ToDictionary(p => p.Name, p => p.Parameter.Numel);
        Assert.All(entry.Family.Lengths(new DetectorSettings()), told => Assert.Equal(told.Length, lengths[told.Name]));
        Assert.Equal(3, entry.Family.ClassCount(lengths[entry.Family.ClassBias], new DetectorSettings()));
        Assert.Equal(4, lengths.Count(entry => entry.Key.EndsWith(".heat.1.0.bias", StringComparison.Ordinal)));
        Assert.All(entry.Family.ClassLayers, layer => Assert.Equal(2, lengths[layer + "0.bias"]));
    }
}
