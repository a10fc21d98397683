using Fovea.Segmentation;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class PatchClassifierTests
{
    private const int Classes = 3;

    /// <summary>What a picture gives is what each pixel's own patches give, cut out and classified one by one.</summary>
    [Fact]
    public void APictureIsAllOfItsPatches()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(1);
        using var model = new PatchClassifier([4, 5, 6], new SegmenterOptions(Classes), generator);
        Tensor images = Tensor.Randn([2, 3, 12, 16], generator), scores = model.Forward(images);
        double largest = scores.Abs().Max().Item(), spread = (scores - scores.Mean([2, 3], true)).Abs().Max().Item();
        Assert.True(spread > 0.1 * largest, "all pixels are alike");
        foreach ((int y, int x) in ((int, int)[])[(0, 0), (0, 15), (11, 0), (11, 15), (3, 5), (6, 6), (7, 10), (9, 1)])
        {
            Tensor expected = model.Classify(PatchClassifier.CutPatches(images, y, x));
            Assert.Equal([2, Classes], expected.Shape);
            Assert.InRange((scores[.., .., y, x] - expected).Abs().Max().Item(), 0, 1e-4 * largest);
        }
    }

    /// <summary>A patch of 46 x 46 with its pixel in row and column 23, as the paper has it.</summary>
    [Fact]
    public void PatchesLieAroundTheirPixel()
    {
        using var scope = new TensorScope();
        Tensor images = Tensor.Zeros([1, 3, 48, 48]);
        images[0, .., 20, 30].FillInPlace(1);
        Tensor[] patches = PatchClassifier.CutPatches(images, 20, 30);
        Assert.Equal(3, patches.Length);
        Assert.All(patches, patch => Assert.Equal([1, 3, 46, 46], patch.Shape));
        foreach (Tensor patch in patches) Assert.Equal(23 * 46 + 23, Array.IndexOf(Plane(patch), Plane(patch).Max()));
    }

    /// <summary>Counted by hand: 7 x 7 x 3 x 16 + 16, 7 x 7 x 16 x 64 + 64, 7 x 7 x 64 x 256 + 256, and 768 numbers and one a class.</summary>
    [Fact]
    public void ParametersAreAsManyAsInThePaper()
    {
        using Segmenter model = ModelZoo.FindSegmenter("patch_classifier").Create(33, new SegmenterSettings());
        Assert.Equal(2_368 + 50_240 + 803_072 + 33 * 769, model.ParameterCount());
    }

    /// <summary>Shifted, run with its strides and interlaced, the network gives what it gives without strides.</summary>
    [Theory]
    [InlineData(49, 49)]
    [InlineData(50, 57)]
    [InlineData(61, 52)]
    public void ShiftAndStitchIsTheDenseNetwork(int height, int width)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(2);
        using var network = new PatchNetwork([3, 4, 5], generator);
        Tensor images = Tensor.Randn([2, 3, height, width], generator);
        Tensor expected = network.Dense(images), actual = ShiftAndStitch.Run(network.Forward, images, PatchNetwork.Stride);
        Assert.Equal([2, 5, height - 45, width - 45], expected.Shape);
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.InRange((actual - expected).Abs().Max().Item(), 0, 1e-5 * Math.Max(1, expected.Abs().Max().Item()));
    }

    /// <summary>Every second pixel, by hand: the largest of 2 x 2 neighbours.</summary>
    [Fact]
    public void ShiftsAreInterlacedAsWorkedByHand()
    {
        using var scope = new TensorScope();
        Tensor picture = Tensor.From<float>([1, 5, 2, 7, 3, 4, 0, 6, 8, 9], 1, 1, 2, 5);
        Tensor dense = ShiftAndStitch.Run(part => Functional.MaxPool2d(part, 1, 2), picture, 2);
        Assert.True(dense.ElementsEqual(picture));
        dense = ShiftAndStitch.Run(part => Functional.MaxPool2d(part, 2, 2), picture.Repeat(1, 1, 2, 1), 2);
        Assert.Equal([5f, 6, 8, 9, 5, 6, 8, 9, 5, 6, 8, 9], dense.ToArray<float>());
        Assert.Throws<ArgumentException>(() => ShiftAndStitch.Run(part => part, picture, 3));
    }

    [Fact]
    public void ShiftAndStitchHasGradients()
    {
        using var scope = new TensorScope();
        Tensor picture = Tensor.Ones([1, 1, 3, 3]);
        picture.RequiresGrad = true;
        ShiftAndStitch.Run(part => Functional.AvgPool2d(part, 2, 2), picture, 2).Sum().Backward();
        Assert.Equal([0.25f, 0.5f, 0.25f, 0.5f, 1, 0.5f, 0.25f, 0.5f, 0.25f], picture.Grad!.ToArray<float>());
    }

    private static float[] Plane(Tensor patch) => patch[0, 0].Contiguous().ToArray<float>();
}
