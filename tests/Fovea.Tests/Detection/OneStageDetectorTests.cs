using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Tests.Training;
using Fovea.Torch;

namespace Fovea.Tests.Detection;

/// <summary>What every one-stage detector keeps to, on networks so narrow that a step takes milliseconds. Counts the live tensors of the
/// whole process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class OneStageDetectorTests
{
    private static readonly SelectionOptions Everything = new() { ScoreThreshold = 0, PreNmsTopN = 50, MinSize = 0, DetectionsPerImage = 20 };

    private static DetectionTarget Nothing => new(Tensor.Zeros([0, 4]), Tensor.Zeros([0], DType.Int64));

    private static Detector Model(string name, SelectionOptions? selection = null)
    {
        using var generator = new Generator(3);
        selection ??= Everything;
        var transform = new DetectionTransform { MinSize = 64, MaxSize = 96 };
        return name switch
        {
            "retinanet" => new RetinaNet(new TinyBackbone(generator), 3, new RetinaNetOptions
            {
                Transform = transform, PyramidChannels = 8, AnchorSizes = [16, 24, 32, 48, 64], Selection = selection,
            }, generator),
            "retinanet v2" => new RetinaNet(new TinyBackbone(generator), 3, new RetinaNetOptions
            {
                Transform = transform, PyramidChannels = 32, AnchorSizes = [16, 24, 32, 48, 64], Selection = selection,
                GroupNorm = true, BoxLoss = BoxLoss.GeneralizedIoU, PyramidTop = Fovea.Layers.PyramidTop.ConvolvedFromC5,
            }, generator),
            "fcos" => new Fcos(new TinyBackbone(generator), 3, new FcosOptions { Transform = transform, PyramidChannels = 32, Selection = selection }, generator),
            "ssd" => new Ssd(new SsdVggBackbone(VggDesign.OfDepth(11) with { Width = 4 }, SsdExtraLayer.Ssd300, generator), 3,
                new SsdOptions { Selection = selection }, generator: generator),
            "ssd on any" => new Ssd(new SsdFeatureBackbone(new TinyBackbone(generator), SsdExtraLayer.OnResNet, generator), 3,
                new SsdOptions { Selection = selection }, generator: generator),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such detector."),
        };
    }

    /// <summary>The detectors.</summary>
    public static TheoryData<string> Names => ["retinanet", "retinanet v2", "fcos", "ssd", "ssd on any"];

    private static ImageBatch Batch(Detector model, params ImageSize[] sizes) => model.Transform.Batch(
        [.. sizes.Select((size, n) => new Image(size, Enumerable.Range(0, 3 * size.Height * size.Width).Select(i => (byte)(i * (7 + n) % 251)).ToArray()))]);

    private static DetectionTarget Objects(params float[] corners) => new(
        Tensor.From(corners, corners.Length / 4, 4),
        Tensor.From(Enumerable.Range(0, corners.Length / 4).Select(i => 1L + i % 2).ToArray(), corners.Length / 4));

    private static Tensor Total(IReadOnlyDictionary<string, Tensor> losses) => losses.Values.Aggregate((sum, loss) => sum + loss);

    [Theory, MemberData(nameof(Names))]
    public void Finds_lie_in_their_pictures_and_are_of_the_classes_best_first(string name)
    {
        using Detector model = Model(name);
        model.Train(false);
        ImageSize[] sizes = [new(50, 77), new(31, 64)];
        Detections[] found = model.Predict(Batch(model, sizes));
        foreach ((Detections one, ImageSize size) in found.Zip(sizes))
        {
            Assert.Equal(size, one.Size);
            Assert.InRange(one.Count, 1, 20);
            Assert.All(one.Categories, category => Assert.InRange(category, 0, 1));
            Assert.All(one.Boxes, box => Assert.True(box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= size.Width + 1e-3 && box.Y2 <= size.Height + 1e-3, $"{box}"));
            Assert.Equal(one.Scores.OrderDescending(), one.Scores);
        }
        Assert.Equal(20, model.DetectionsPerImage);
    }

    [Theory, MemberData(nameof(Names))]
    public void Nothing_sure_is_nothing_found(string name)
    {
        using Detector model = Model(name, Everything with { ScoreThreshold = 1 });
        model.Train(false);
        Assert.Equal(0, Assert.Single(model.Predict(Batch(model, new ImageSize(40, 40)))).Count);
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_parameter_gets_a_gradient(string name)
    {
        using var scope = new TensorScope();
        using Detector model = Model(name);
        Total(model.ComputeLosses(Batch(model, new ImageSize(64, 96), new ImageSize(50, 60)),
            [Objects(4, 4, 40, 44, 10, 8, 60, 60), Objects(0, 0, 20, 30)], null!)).Backward();
        foreach ((string parameter, Tensor value) in model.NamedParameters())
            Assert.True(value.Grad is { } gradient && gradient.IsFinite().All().Item() != 0, $"{parameter} has no finite gradient");
    }

    [Theory, MemberData(nameof(Names))]
    public void Pictures_without_objects_and_boxes_of_a_pixel_have_finite_losses(string name)
    {
        using var scope = new TensorScope();
        using Detector model = Model(name);
        ImageBatch batch = Batch(model, new ImageSize(64, 96), new ImageSize(64, 96));
        IReadOnlyDictionary<string, Tensor> nothing = model.ComputeLosses(batch, [Nothing, Nothing], null!);
        Assert.Equal(0, nothing["bbox_regression"].Item());
        Assert.True(double.IsFinite(Total(nothing).Item()));
        Total(nothing).Backward();
        IReadOnlyDictionary<string, Tensor> pixels = model.ComputeLosses(batch, [Objects(7, 7, 8, 8, 60, 30, 61, 31), Nothing], null!);
        Assert.True(double.IsFinite(Total(pixels).Item()));
        Total(pixels).Backward();
        Assert.All(model.Parameters(), parameter => Assert.True(parameter.Grad!.IsFinite().All().Item() != 0));
        Assert.Contains("2 pictures came with 1 targets",
            Assert.Throws<ArgumentException>(() => model.ComputeLosses(batch, [Nothing], null!)).Message);
    }

    [Theory, MemberData(nameof(Names))]
    public void Neither_a_step_nor_a_prediction_leaves_tensors(string name)
    {
        using var outer = new TensorScope();
        using Detector model = Model(name);
        ImageBatch batch = Batch(model, new ImageSize(64, 96));
        Run();
        long before = LiveTensors.Settled();
        Run();
        Assert.Equal(before, Tensor.LiveCount);

        void Run()
        {
            using var scope = new TensorScope();
            model.Train(true);
            Total(model.ComputeLosses(batch, [Objects(4, 4, 40, 44)], null!)).Backward();
            model.ZeroGrad();
            model.Train(false);
            model.Predict(batch);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_few_steps_lower_the_loss(string name)
    {
        using var outer = new TensorScope();
        using Detector model = Model(name);
        ImageBatch batch = Batch(model, new ImageSize(64, 96), new ImageSize(64, 96));
        var losses = new List<double>();
        for (int step = 0; step < 12; step++)
        {
            using var scope = new TensorScope();
            Tensor total = Total(model.ComputeLosses(batch, [Objects(4, 4, 40, 44), Objects(30, 10, 90, 60)], null!));
            total.Backward();
            using (new NoGrad())
                foreach (Tensor parameter in model.Parameters())
                    if (parameter.Grad is { } gradient) parameter.AddInPlace(gradient / Math.Max(1, gradient.Norm().Item()), -0.05);
            model.ZeroGrad();
            losses.Add(total.Item());
        }
        Assert.True(losses[^1] < 0.97 * losses[0], string.Join(' ', losses));
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused_when_it_is_built()
    {
        Assert.Contains("2 anchor sizes", Assert.Throws<ArgumentException>(
            () => new RetinaNet(new TinyBackbone(), 3, new RetinaNetOptions { PyramidChannels = 8, AnchorSizes = [8, 16] })).Message);
        Assert.Contains("2 point sizes", Assert.Throws<ArgumentException>(
            () => new Fcos(new TinyBackbone(), 3, new FcosOptions { PyramidChannels = 32, PointSizes = [8, 16] })).Message);
        Assert.Contains("multiple of 32", Assert.Throws<ArgumentException>(
            () => new Fcos(new TinyBackbone(), 3, new FcosOptions { PyramidChannels = 40 })).Message);
        Assert.Contains("this backbone has 7", Assert.Throws<ArgumentException>(() => new Ssd(
            new SsdVggBackbone(VggDesign.OfDepth(11) with { Width = 4 }, SsdExtraLayer.Ssd512), 3, new SsdOptions())).Message);
        Assert.Contains("at least 268", Assert.Throws<ArgumentException>(() => new Ssd(
            new SsdVggBackbone(VggDesign.OfDepth(11) with { Width = 4 }, SsdExtraLayer.Ssd300), 3, new SsdOptions { Size = new(267, 300) })).Message);
    }

    /// <summary>Liu et al. 2016, table 1: 8,732 default boxes in SSD300, 24,564 in SSD512.</summary>
    [Theory]
    [InlineData(300, new[] { 38, 19, 10, 5, 3, 1 }, 8732)]
    [InlineData(268, new[] { 34, 17, 9, 5, 3, 1 }, 7034)]
    [InlineData(512, new[] { 64, 32, 16, 8, 4, 2, 1 }, 24564)]
    public void Maps_and_default_boxes_are_as_many_as_in_the_paper(int side, int[] maps, int boxes)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        bool large = side == 512;
        using var backbone = new SsdVggBackbone(VggDesign.OfDepth(11) with { Width = 2 }, large ? SsdExtraLayer.Ssd512 : SsdExtraLayer.Ssd300);
        Tensor[] found = backbone.Forward(Tensor.Zeros([1, 3, side, side]));
        Assert.Equal(maps, found.Select(map => (int)map.Size(2)));
        Assert.Equal(backbone.Channels, found.Select(map => map.Size(1)));
        SsdOptions options = ((Ssd)Fovea.Weights.ModelZoo.FindDetector(large ? "ssd512_vgg16" : "ssd300_vgg16")
            .Create(2, new())).Options;
        using var defaults = new DefaultBoxGenerator(options.AspectRatios, options.Scales, options.Steps);
        Assert.Equal(boxes, defaults.Generate(found, new ImageSize(side, side)).Size(0));
    }
}
