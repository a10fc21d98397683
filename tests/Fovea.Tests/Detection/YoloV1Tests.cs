using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Detection;

/// <summary>One test counts the live tensors of the whole process, and therefore these run alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class YoloV1Tests
{
    // Cells of 64 pixels: the tiny backbone's 32, halved once.
    private static readonly YoloV1Options Small = new()
    {
        Transform = new DetectionTransform { FixedSize = new ImageSize(128, 128) }, NeckStrides = [1, 2], NeckChannels = 8, HeadWidth = 16,
        Dropout = 0,
    };

    private static YoloV1 Model(YoloV1Options? options = null)
    {
        using var generator = new Generator(4);
        return new YoloV1(new TinyBackbone(generator), 3, options ?? Small, generator);
    }

    private static DetectionTarget Target(params (Box Box, long Label)[] objects) => new(
        Boxes.From([.. objects.Select(o => o.Box)]).Tensor, Tensor.From(objects.Select(o => o.Label).ToArray(), objects.Length));

    private static Image Noise(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        new Random(5).NextBytes(pixels);
        return new Image(new ImageSize(height, width), pixels);
    }

    // Two cells a side, two boxes a cell, two classes, a picture of 100 x 100 with one object in the first cell.
    [Fact]
    public void The_loss_worked_by_hand()
    {
        using var scope = new TensorScope();
        float[] boxes = new float[4 * 2 * 5], classes = new float[4 * 2];
        ((float[])[0.5f, 0.5f, 0.5f, 0.5f, 0.3f]).CopyTo(boxes, 0);                                             // IoU 0.2
        ((float[])[0.6f, 0.8f, MathF.Sqrt(0.5f), MathF.Sqrt(0.4f), 0.6f]).CopyTo(boxes, 5);                     // x is 0.1 of a cell off
        boxes[3 * 10 + 4] = 0.4f;                                                                               // the last cell's first box
        ((float[])[0.2f, 0.9f, 5, 5]).CopyTo(classes, 0);                            // the second cell holds nothing
        IReadOnlyDictionary<string, Tensor> losses = YoloV1Loss.Compute(Tensor.From(boxes, 1, 4, 2, 5), Tensor.From(classes, 1, 4, 2),
            [Target((new Box(10, 20, 60, 60), 2))], new YoloV1Grid(2, new ImageSize(100, 100)), Small);
        double iou = 0.45 * 0.4 / (2 * 0.2 - 0.45 * 0.4);
        Assert.Equal(5 * 0.1 * 0.1, losses["loss_box_reg"].Item(), 1e-6);
        Assert.Equal((0.6 - iou) * (0.6 - iou), losses["loss_objectness"].Item(), 1e-6);
        Assert.Equal(0.5 * (0.3 * 0.3 + 0.4 * 0.4), losses["loss_no_object"].Item(), 1e-6);
        Assert.Equal(0.2 * 0.2 + 0.1 * 0.1, losses["loss_classifier"].Item(), 1e-6);
    }

    [Fact]
    public void Where_no_box_meets_the_object_the_nearest_one_learns_it_and_a_cell_learns_one_object()
    {
        using var scope = new TensorScope();
        float[] boxes = new float[2 * 5];
        ((float[])[0.1f, 0.1f, 0, 0, 0, 0.9f, 0.9f, 0, 0, 0]).CopyTo(boxes, 0);                                 // points
        var grid = new YoloV1Grid(1, new ImageSize(100, 100));
        DetectionTarget target = Target((new Box(80, 80, 84, 84), 1), (new Box(1, 1, 5, 5), 2));
        IReadOnlyDictionary<string, Tensor> losses =
            YoloV1Loss.Compute(Tensor.From(boxes, 1, 1, 2, 5), Tensor.Zeros([1, 1, 2]), [target], grid, Small);
        Assert.Equal(5 * 2 * (0.08 * 0.08 + 0.04), losses["loss_box_reg"].Item(), 1e-5);
        Assert.Equal(1, losses["loss_classifier"].Item(), 1e-6);
    }

    [Fact]
    public void Encoded_boxes_are_decoded_to_themselves()
    {
        using var scope = new TensorScope();
        var grid = new YoloV1Grid(7, new ImageSize(448, 448));
        foreach (Box box in YoloBoxes.Varied(448, 448))
        {
            (int cell, float[] code) = grid.Encode(box);
            Tensor codes = Tensor.Zeros([1, 49, 2, 4]);
            codes[0, cell, 1].CopyInPlace(Tensor.From(code, 4));
            YoloBoxes.AssertNear(box, new Boxes(grid.Decode(codes)[0, cell]).ToArray()[1]);
        }
    }

    [Fact]
    public void What_a_cell_says_is_told_in_the_original_picture()
    {
        using YoloV1 model = Model();
        using var scope = new TensorScope();
        using (new NoGrad())
            foreach ((string name, Tensor parameter) in model.NamedParameters().Where(p => p.Name.StartsWith("output.")))
            {
                parameter.ZeroInPlace();
                // 4 cells of 2 boxes and 2 classes: the second cell (upper right) says a box with confidence 0.8, of the second class.
                if (name == "output.bias")
                    parameter[12..24].CopyInPlace(Tensor.From<float>([0, 0, 0, 0, 0, 0.5f, 0.5f, 0.5f, 0.5f, 0.8f, 0, 0.9f], 12));
            }
        model.Train(false);
        Detections found = model.Predict(model.Transform.Batch([Noise(64, 256)]))[0];
        // Centre at three quarters and one quarter, a quarter of the picture wide and high.
        Assert.Equal(1, found.Count);
        YoloBoxes.AssertNear(new Box(160, 8, 224, 24), found.Boxes[0]);
        Assert.Equal([1], found.Categories);
        Assert.Equal(0.72, found.Scores[0], 1e-5);
    }

    [Fact]
    public void Any_pictures_and_objects_give_finite_losses_and_every_parameter_a_gradient()
    {
        using YoloV1 model = Model();
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        ImageBatch batch = model.Transform.Batch([Noise(33, 65), Noise(64, 1)]);
        DetectionTarget[] targets = [Target((new Box(3, 3, 4, 4), 1), (new Box(0, 0, 128, 128), 2)), Target()];
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(batch, targets, generator);
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
        Assert.All(losses.Values, loss => Assert.True(double.IsFinite(loss.Item())));
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } gradient && gradient.Abs().Max().Item() > 0, $"{name} has no gradient");
        losses = model.ComputeLosses(batch, [Target(), Target()], generator);
        Assert.Equal((0, 0), (losses["loss_box_reg"].Item(), losses["loss_classifier"].Item()));
    }

    [Fact]
    public void A_step_and_a_prediction_leave_no_tensor()
    {
        using YoloV1 model = Model();
        YoloBoxes.AssertLeavesNothing(model, Noise(40, 60));
    }

    [Fact]
    public void Pictures_that_are_no_whole_cells_are_refused() => Assert.Contains("a multiple of 64",
        Assert.Throws<ArgumentException>(() => Model(Small with { Transform = new() { FixedSize = new ImageSize(100, 100) } })).Message);

    // Convolutions with scale and shift of batch norm, then the two layers, narrowed to 16.
    [Theory]
    [InlineData("yolov1", 24, 448, 1024)]
    [InlineData("yolov1_fast", 9, 448, 1024)]
    public void Networks_are_as_large_as_the_papers(string id, int convolutions, int side, long channels)
    {
        using Detector model = ModelZoo.FindDetector(id).Create(21,
            new DetectorSettings { HeadWidth = 16, MinSize = side, MaxSize = side });
        var layers = model.NamedModules().Select(m => m.Module).OfType<Fovea.Torch.Nn.Conv2d>().ToArray();
        Assert.Equal(convolutions, layers.Length);
        long expected = id == "yolov1"
            ? Norm(3, 64, 7) + Norm(64, 192) + Norm(192, 128, 1) + Norm(128, 256) + Norm(256, 256, 1) + Norm(256, 512)
                + 4 * (Norm(512, 256, 1) + Norm(256, 512)) + Norm(512, 512, 1) + Norm(512, 1024)
                + 2 * (Norm(1024, 512, 1) + Norm(512, 1024)) + 4 * Norm(1024, 1024)
            : Norm(3, 16) + Norm(16, 32) + Norm(32, 64) + Norm(64, 128) + Norm(128, 256) + Norm(256, 512) + Norm(512, 1024)
                + 2 * Norm(1024, 1024);
        expected += (49 * channels + 1) * 16 + (16 + 1) * 49 * (5 * 2 + 20);
        Assert.Equal(expected, model.ParameterCount());

        static long Norm(long from, long to, long kernel = 3) => from * to * kernel * kernel + 2 * to;
    }
}
