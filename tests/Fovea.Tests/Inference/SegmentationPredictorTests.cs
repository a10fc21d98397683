using Fovea.Backbones;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Segmentation;
using Fovea.Segmentation.Crf;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Inference;

public class SegmentationPredictorTests
{
    private const int Classes = 4;

    /// <summary>Against enlarging libtorch's way and taking the largest.</summary>
    [Theory]
    [InlineData(13, 17, 13, 17)]
    [InlineData(13, 17, 40, 29)]
    [InlineData(30, 41, 7, 90)]
    [InlineData(1, 1, 5, 3)]
    public void LabelsAreTheLargestProbabilityAfterEnlarging(int height, int width, int toHeight, int toWidth)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        Tensor probabilities = Tensor.Randn([Classes, height, width], generator).Softmax(0);
        var size = new ImageSize(toHeight, toWidth);
        (Tensor best, Tensor labels) = Functional.ResizeBilinear(probabilities.Unsqueeze(0), toHeight, toWidth)[0].Max(0);
        var found = new byte[size.Pixels];
        var confidence = new byte[size.Pixels];
        Decide(probabilities, size, found, confidence);
        float[] expected = best.ToArray<float>();
        int differing = found.Zip(labels.ToArray<long>()).Count(pair => pair.First != pair.Second);
        Assert.InRange(differing, 0, 1);                          // where two classes are as probable
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i] * 255, confidence[i], 0.51);
    }

    /// <summary>A network that looks at single pixels says the same of tiles, whatever their size and blend.</summary>
    [Theory]
    [InlineData(16, 0.0, TileBlend.Feather, null)]
    [InlineData(16, 0.5, TileBlend.Feather, null)]
    [InlineData(20, 0.25, TileBlend.Cut, null)]
    [InlineData(16, 0.25, TileBlend.Feather, 40)]
    [InlineData(32, 0.25, TileBlend.Cut, 90)]
    public void TilesSayWhatTheWholeSays(int tile, double overlap, TileBlend blend, int? shorterSide)
    {
        Image image = Noise(61, 83);
        using SegmentationPredictor whole = Predictor(new SegmentationInference(), shorterSide);
        using SegmentationPredictor tiled =
            Predictor(new SegmentationInference { TileSize = tile, TileOverlap = overlap, TileBlend = blend }, shorterSide);
        SegmentationPrediction expected = whole.Predict(image), actual = tiled.Predict(image);
        Assert.InRange(expected.Map.Labels.Zip(actual.Map.Labels).Count(pair => pair.First != pair.Second), 0, 3);
        for (int i = 0; i < expected.Confidence.Length; i++) Assert.InRange(expected.Confidence[i] - actual.Confidence[i], -1, 1);
        Assert.True(expected.Map.Labels.Distinct().Count() > 1);
    }

    /// <summary>A network whose scores depend on the place is mirrored: both sides then say the same.</summary>
    [Fact]
    public void TheMirrorImageIsAveraged()
    {
        Image image = Noise(16, 16);
        using SegmentationPredictor predictor = Predictor(new SegmentationInference { Flip = true }, null);
        using var scope = new TensorScope();
        Tensor once = predictor.Probabilities(image), mirrored = predictor.Probabilities(Mirrored(image));
        Assert.InRange((once - mirrored.Flip(2)).Abs().Max().Item(), 0, 1e-6);
    }

    /// <summary>Scales 1 and 1 are scale 1; other scales change probabilities, which still add up to one.</summary>
    [Fact]
    public void ScalesAreAveraged()
    {
        Image image = Noise(24, 31);
        using SegmentationPredictor one = Predictor(new SegmentationInference(), null);
        using SegmentationPredictor twice = Predictor(new SegmentationInference { Scales = [1, 1] }, null);
        using SegmentationPredictor several = Predictor(new SegmentationInference { Scales = [0.5, 1, 1.75] }, null);
        using var scope = new TensorScope();
        Tensor expected = one.Probabilities(image), mean = several.Probabilities(image);
        Assert.InRange((twice.Probabilities(image) - expected).Abs().Max().Item(), 0, 1e-6);
        Assert.True((mean - expected).Abs().Max().Item() > 1e-3);
        Assert.InRange((mean.Sum(0) - 1).Abs().Max().Item(), 0, 1e-5);
    }

    [Fact]
    public void TheCrfSharpensProbabilities()
    {
        Image image = Noise(24, 31);
        var crf = new DenseCrfOptions { Iterations = 2 };
        using SegmentationPredictor plain = Predictor(new SegmentationInference(), null);
        using SegmentationPredictor sharpened = Predictor(new SegmentationInference { Crf = crf }, null);
        using var scope = new TensorScope();
        Tensor expected = new DenseCrf(crf).Refine(plain.Probabilities(image), image);
        Assert.InRange((sharpened.Probabilities(image) - expected).Abs().Max().Item(), 0, 1e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 200)]
    [InlineData(3, 2)]
    public void SmallPicturesAreFine(int height, int width)
    {
        using SegmentationPredictor predictor = Predictor(new SegmentationInference { Scales = [0.5, 1], Flip = true }, null);
        SegmentationPrediction prediction = predictor.Predict(Noise(height, width));
        Assert.Equal(new ImageSize(height, width), prediction.Size);
        (long Pixels, double Confidence)[] summary = prediction.Summary(Classes);
        Assert.Equal((long)height * width, summary.Sum(s => s.Pixels));
    }

    [Fact]
    public void OptionsOutOfRangeAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new SegmentationInference { Scales = [] });
        Assert.Throws<ArgumentException>(() => new SegmentationInference { Scales = [0.01] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmentationInference { TileSize = 8 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmentationInference { TileOverlap = 0.9 });
    }

    private static unsafe void Decide(Tensor probabilities, ImageSize size, byte[] labels, byte[] confidence)
    {
        (int classes, int height, int width) = ((int)probabilities.Size(0), (int)probabilities.Size(1), (int)probabilities.Size(2));
        LabelDecision.Decide((float*)probabilities.Contiguous().DataPointer, height * width, classes, 0, height, width, height, size, 0, size.Height,
            labels, confidence);
    }

    private static SegmentationPredictor Predictor(SegmentationInference options, int? shorterSide)
    {
        Category[] categories = [.. Enumerable.Range(0, Classes).Select(k => new Category(k, $"class{k}"))];
        return new SegmentationPredictor(new SegmentationModel(new PixelNetwork(), new SegmentationTransform { ShorterSide = shorterSide }),
            categories, default, options);
    }

    private static Image Noise(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        new Random(7).NextBytes(pixels);
        return new Image(new ImageSize(height, width), pixels).Resize(new ImageSize(height, width));
    }

    private static Image Mirrored(Image image)
    {
        byte[] pixels = new byte[image.Pixels.Length];
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
                image.Pixels.AsSpan((y * image.Width + x) * 3, 3).CopyTo(pixels.AsSpan((y * image.Width + image.Width - 1 - x) * 3));
        return new Image(image.Size, pixels);
    }

    /// <summary>A 1x1 convolution.</summary>
    private sealed class PixelNetwork : Segmenter
    {
        private readonly Conv2d _scores;

        public PixelNetwork() : base(Classes)
        {
            using var generator = new Generator(3);
            _scores = Child("scores", new Conv2d(3, Classes, 1, generator: generator));
        }

        public override IReadOnlyList<BackboneStage> Stages => [];

        public override IReadOnlyList<string> ClassLayers => ["scores."];

        protected override Tensor[] Heads(Tensor images, bool auxiliary) => [_scores.Forward(images)];
    }
}
