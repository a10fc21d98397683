using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Transforms;
using Fovea.Weights;

namespace Fovea.Tests.Detection;

/// <summary>One test counts the live tensors of the whole process, and therefore these run alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class YoloV3Tests
{
    private static readonly YoloV3Options Small = new()
    {
        Scales = [new(0, 8, 16), new(4, 4, 8), new(4, 4, 8)],
        Transform = YoloV3Options.Letterbox with { MinSize = 64, MaxSize = 64 },
    };

    private static YoloV3 Model(YoloV3Options? options = null)
    {
        using var generator = new Generator(4);
        return new YoloV3(new TinyBackbone(generator), 3, options ?? Small, generator);
    }

    private static DetectionTarget Target(params (Box Box, long Label)[] objects) => new(
        Boxes.From([.. objects.Select(o => o.Box)]).Tensor, Tensor.From(objects.Select(o => o.Label).ToArray(), objects.Length));

    private static Image Noise(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        new Random(5).NextBytes(pixels);
        return new Image(new ImageSize(height, width), pixels);
    }

    // One coarse cell with a large anchor and four fine ones with a small one: five places, two classes.
    [Fact]
    public void The_loss_worked_by_hand()
    {
        using var scope = new TensorScope();
        var size = new ImageSize(32, 32);
        var grid = new YoloGrid(size, [32, 16], [(8, 8), (24, 24)]);
        float[] told = new float[5 * 7];
        // The coarse place says the object's own box and is sure of it: it is not the object's, but not held against either.
        float[] same = [Logit(10 / 32f), Logit(8 / 32f), MathF.Log(12 / 24f), MathF.Log(8 / 24f), 3];
        same.CopyTo(told, 0);
        told[4 * 7 + 4] = 1;                                                              // the last place is wrongly sure
        IReadOnlyDictionary<string, Tensor> losses = YoloV3Loss.Compute(Tensor.From(told, 1, 5, 7),
            [Target((new Box(4, 4, 16, 12), 1))], grid, size, 0.5);
        double ln2 = Math.Log(2), weight = 2 - 12 * 8 / 1024.0, log = Math.Log(12 / 8.0);
        Assert.Equal(weight * (2 * ln2 + 0.5 * log * log), losses["loss_box_reg"].Item(), 1e-5);
        Assert.Equal(3 * ln2 + Math.Log(1 + Math.E), losses["loss_objectness"].Item(), 1e-5);
        Assert.Equal(2 * ln2, losses["loss_classifier"].Item(), 1e-5);
        // With a threshold that the overlap does not exceed, the coarse place counts.
        double all = YoloV3Loss.Compute(Tensor.From(told, 1, 5, 7),
            [Target((new Box(4, 4, 16, 12), 1))], grid, size, 1)["loss_objectness"].Item();
        Assert.Equal(3 * ln2 + Math.Log(1 + Math.E) + Math.Log(1 + Math.Exp(3)), all, 1e-5);
    }

    [Fact]
    public void Encoded_boxes_are_decoded_to_themselves()
    {
        using var scope = new TensorScope();
        (float, float)[] anchors = [.. new YoloV3Options().AnchorShapes.Chunk(2).Select(pair => (pair[0], pair[1]))];
        var grid = new YoloGrid(new ImageSize(96, 160), [32, 16, 8], anchors);
        Assert.Equal(3 * (3 * 5 + 6 * 10 + 12 * 20), grid.Count);
        foreach (Box box in YoloBoxes.Varied(96, 160))
        {
            (int place, float[] code) = grid.Encode(box);
            Tensor told = Tensor.Zeros([1, grid.Count, 7]);
            told[0, place, ..4].CopyInPlace(Tensor.From<float>([Logit(code[0]), Logit(code[1]), code[2], code[3]], 4));
            YoloBoxes.AssertNear(box, new Boxes(grid.Decode(told)[0]).ToArray()[place]);
        }
    }

    [Theory]
    [InlineData(116, 90, 0, 0)]      // the first anchor of the coarsest scale, at its first cell
    [InlineData(373, 326, 0, 2)]
    [InlineData(30, 61, 507, 0)]     // after 13 x 13 x 3 places
    [InlineData(10, 13, 2535, 0)]    // after 26 x 26 x 3 more
    public void An_object_belongs_to_the_anchor_of_its_shape(int width, int height, int first, int anchor)
    {
        (float, float)[] anchors = [.. new YoloV3Options().AnchorShapes.Chunk(2).Select(pair => (pair[0], pair[1]))];
        var grid = new YoloGrid(new ImageSize(416, 416), [32, 16, 8], anchors);
        Assert.Equal(10647, grid.Count);
        (int place, float[] code) = grid.Encode(new Box(2 - width / 2.0, 2 - height / 2.0, 2 + width / 2.0, 2 + height / 2.0));
        Assert.Equal(first + anchor, place);
        Assert.Equal(0, code[2], 1e-6);
    }

    [Fact]
    public void Pictures_lie_in_the_corner_of_a_grey_square()
    {
        using var scope = new TensorScope();
        ImageBatch batch = Small.Transform.Batch([Noise(32, 64), Noise(128, 32)]);
        Assert.Equal([2, 3, 64, 64], batch.Pixels.Shape);
        Assert.Equal([new ImageSize(32, 64), new ImageSize(64, 16)], batch.Sizes);
        Assert.Equal(0.5, batch.Pixels[0, .., 32.., ..].Min().Item());
        Assert.Equal(0.5, batch.Pixels[0, .., 32.., ..].Max().Item());
        Assert.True(batch.Pixels[0, .., ..32, ..].Max().Item() > 0.9);
        Assert.Equal(96, Small.Transform.WithShorterSide(96).Batch([Noise(32, 64)]).PaddedSize.Height);
    }

    [Fact]
    public void What_a_place_says_is_told_in_the_original_picture()
    {
        using YoloV3 model = Model();
        using var scope = new TensorScope();
        using (new NoGrad())
            foreach ((string name, Tensor parameter) in model.NamedParameters().Where(p => p.Name.Contains(".output.")))
                if (name.EndsWith(".weight")) parameter.ZeroInPlace();
                else parameter.View(3, 7).Select(1, 4).FillInPlace(-20);
        // The coarsest scale's first anchor (116 x 90) says the second class at all four cells, scaled to 16 x 8.
        using (new NoGrad())
            model.NamedParameters().First(p => p.Name == "network.scales.0.output.bias").Parameter[..7]
                .CopyInPlace(Tensor.From<float>([0, 0, MathF.Log(16 / 116f), MathF.Log(8 / 90f), 20, -20, 2], 7));
        model.Train(false);
        Detections found = model.Predict(model.Transform.Batch([Noise(128, 64)]))[0];
        // 128 x 64 becomes 64 x 32: cells' centres at 16 and 48; those in the grey half are cut to nothing.
        Assert.Equal(2, found.Count);
        Assert.Equal([1, 1], found.Categories);
        Assert.Equal(1 / (1 + Math.Exp(-2)), found.Scores[0], 1e-5);
        YoloBoxes.AssertNear(new Box(16, 24, 48, 40), found.Boxes.MinBy(box => box.Y1));
        YoloBoxes.AssertNear(new Box(16, 88, 48, 104), found.Boxes.MaxBy(box => box.Y1));
    }

    [Fact]
    public void Any_pictures_and_objects_give_finite_losses_and_every_parameter_a_gradient()
    {
        using YoloV3 model = Model();
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        ImageBatch batch = model.Transform.Batch([Noise(33, 65), Noise(64, 1)]);
        DetectionTarget[] targets = [Target((new Box(3, 3, 4, 4), 1), (new Box(0, 0, 64, 64), 2), (new Box(0, 0, 64, 64), 1)), Target()];
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(batch, targets, generator);
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
        Assert.All(losses.Values, loss => Assert.True(double.IsFinite(loss.Item())));
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } gradient && gradient.Abs().Max().Item() > 0, $"{name} has no gradient");
        losses = model.ComputeLosses(batch, [Target(), Target()], generator);
        Assert.Equal((0, 0), (losses["loss_box_reg"].Item(), losses["loss_classifier"].Item()));
        Assert.Equal(100, model.DetectionsPerImage);
    }

    [Fact]
    public void A_step_and_a_prediction_leave_no_tensor()
    {
        using YoloV3 model = Model();
        YoloBoxes.AssertLeavesNothing(model, Noise(40, 60));
    }

    [Fact]
    public void Anchors_that_the_scales_cannot_share_are_refused() => Assert.Contains("a multiple of 6",
        Assert.Throws<ArgumentException>(() => Model(Small with { AnchorShapes = [8, 8, 16, 16] })).Message);

    // 61,949,149: convolutions with scale and shift of batch norm, and the last ones with a bias; 62,001,757 numbers in yolov3.weights.
    [Fact]
    public void YoloV3_has_the_papers_parameters()
    {
        long body = Norm(3, 32), width = 32;
        foreach (int blocks in (int[])[1, 2, 8, 8, 4])
        {
            body += Norm(width, 2 * width) + blocks * (Norm(2 * width, width, 1) + Norm(width, 2 * width));
            width *= 2;
        }
        long heads = Scale(1024, 512) + Norm(512, 256, 1) + Scale(256 + 512, 256) + Norm(256, 128, 1) + Scale(128 + 256, 128);
        Assert.Equal(61_949_149, body + heads);
        using Detector model = ModelZoo.FindDetector("yolov3").Create(81, new DetectorSettings());
        Assert.Equal(body + heads, model.ParameterCount());
        Assert.Equal(62_001_757, DarknetFile.CountOf(DarknetFile.LayoutOf(model)));

        static long Scale(long from, long neck) => Norm(from, neck, 1) + 2 * (Norm(neck, 2 * neck) + Norm(2 * neck, neck, 1))
            + Norm(neck, 2 * neck) + (2 * neck + 1) * 255;
    }

    // 8,858,734 numbers are in Darknet's yolov3-tiny.weights, four of each channel with batch norm.
    [Fact]
    public void YoloV3_tiny_has_Darknets_parameters()
    {
        long expected = Norm(3, 16) + Norm(16, 32) + Norm(32, 64) + Norm(64, 128) + Norm(128, 256) + Norm(256, 512) + Norm(512, 1024)
            + Norm(1024, 256, 1) + Norm(256, 512) + 513 * 255 + Norm(256, 128, 1) + Norm(384, 256) + 257 * 255;
        using Detector model = ModelZoo.FindDetector("yolov3_tiny").Create(81, new DetectorSettings());
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(8_858_734, DarknetFile.CountOf(DarknetFile.LayoutOf(model)));
    }

    [Fact]
    public void The_tiny_networks_pooling_keeps_the_maps_size()
    {
        using var scope = new TensorScope();
        using var pool = new Fovea.Backbones.KeptSizeMaxPool();
        Tensor map = Tensor.From<float>([1, 5, 2, -4, -3, -2, -9, -8, -7], 1, 1, 3, 3);
        Assert.Equal([5, 5, 2, -3, -2, -2, -8, -7, -7], pool.Forward(map).ToArray<float>());
    }

    private static long Norm(long from, long to, long kernel = 3) => from * to * kernel * kernel + 2 * to;

    private static float Logit(float share) => MathF.Log(share / (1 - share));
}
