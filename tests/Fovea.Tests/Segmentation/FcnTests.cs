using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class FcnTests
{
    private const int Classes = 3, Width = 8;

    // One convolution a block.
    private static readonly VggDesign Small = new([1, 1, 1, 1, 1]);

    /// <summary>Layer by layer from the authors' networks: 100 pixels of padding at the first convolution, transposed convolutions with
    /// dense bilinear kernels, and crops of 5, 9 and 19, 27, 31. The picture's sides make every pooling exact.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(16)]
    [InlineData(8)]
    public void IsTheAuthorsNetwork(int stride)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Fcn model = Create(stride);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        using var generator = new Generator(8);
        foreach ((string name, Tensor value) in state)                                           // skips begin with zeros
            if (name.StartsWith("score_", StringComparison.Ordinal)) Init.Normal(value, 0, 0.1, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 58, 26], generator);

        Tensor x = images;
        var pools = new List<Tensor>();
        for (int block = 0; block < 5; block++)
        {
            string convolution = $"backbone.features.{3 * block}";
            x = Functional.MaxPool2d(Convolve(x, convolution, block == 0 ? 100 : 1).Relu(), 2, 2);
            pools.Add(x);
        }
        x = Convolve(Convolve(Convolve(x, "fc6", 0).Relu(), "fc7", 0).Relu(), "score_fr", 0);
        if (stride <= 16) x = Add(Transposed(x, state["upscore2.weight"], 2), Convolve(pools[3], "score_pool4", 0), 5);
        if (stride <= 8) x = Add(Transposed(x, state["upscore_pool4.weight"], 2), Convolve(pools[2], "score_pool3", 0), 9);
        Tensor last = Init.Bilinear(Tensor.Empty([Classes, Classes, 2 * stride, 2 * stride]));
        int offset = stride switch { 32 => 19, 16 => 27, _ => 31 };
        Tensor expected = Transposed(x, last, stride).Slice(2, offset, offset + 58).Slice(3, offset, offset + 26);

        Tensor actual = model.Forward(images);
        Assert.Equal(expected.Shape, actual.Shape);
        double largest = expected.Abs().Max().Item();
        Assert.True(largest > 0.05, "the scores say nothing");
        Assert.InRange((actual - expected).Abs().Max().Item(), 0, 1e-4 * largest);

        Tensor Convolve(Tensor input, string name, long padding) => Functional.Conv2d(
            input, state[$"{name}.weight"], state[$"{name}.bias"], [1, 1], [padding, padding], [1, 1]);
        static Tensor Transposed(Tensor input, Tensor weight, long step) =>
            Functional.ConvTranspose2d(input, weight, null, [step, step], [0, 0], [0, 0]);
        static Tensor Add(Tensor coarse, Tensor fine, long crop) =>
            coarse + fine.Slice(2, crop, crop + coarse.Size(2)).Slice(3, crop, crop + coarse.Size(3));
    }

    /// <summary>Skips begin with scores of zero, so that all three give the same but for how they enlarge.</summary>
    [Fact]
    public void SkipsBeginWithNothing()
    {
        using Fcn model = Create(8);
        foreach ((string name, Tensor value) in model.StateDict())
            if (name.StartsWith("score_pool", StringComparison.Ordinal)) Assert.Equal(0, value.Abs().Max().Item());
        Tensor upscore = model.StateDict().Single(entry => entry.Name == "upscore2.weight").Value;
        Assert.Equal(0.75 * 0.75, upscore[1, 1, 1, 2].Item(), 1e-6);
        Assert.Equal(0, upscore[1, 0].Abs().Max().Item());
    }

    /// <summary>A pixel's scores lie over it: where all convolutions pass their middle on, a spot is seen around the place where it is, up
    /// to half a score's 32 pixels away.</summary>
    [Theory]
    [InlineData("fcn32s_alexnet")]
    [InlineData("fcn32s_googlenet")]
    [InlineData("fcn8s_vgg16")]
    public void ScoresLieOverTheirPixels(string id)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(6);
        SegmenterEntry entry = ModelZoo.FindSegmenter(id);
        using Segmenter model = entry.Create(1, new SegmenterSettings { HeadWidth = entry.Settings.Contains("HeadWidth") ? 16 : null }, generator);
        foreach ((string name, Tensor value) in model.StateDict())
            if (value.Dim == 4 && !name.StartsWith("up", StringComparison.Ordinal) && !name.StartsWith("score_pool", StringComparison.Ordinal))
                PassTheMiddle(value);
        model.Train(false);
        Tensor images = Tensor.Zeros([1, 3, 160, 192]);
        images[.., .., 70..74, 102..106].FillInPlace(1000);
        float[] change = (model.Forward(images) - model.Forward(Tensor.Zeros(images.Shape))).ToArray<float>();
        double sum = change.Sum(), rows = 0, columns = 0;
        for (int i = 0; i < change.Length; i++) (rows, columns) = (rows + change[i] * (i / 192), columns + change[i] * (i % 192));
        Assert.True(sum > 0);
        Assert.InRange(rows / sum, 71.5 - 17, 71.5 + 17);
        Assert.InRange(columns / sum, 103.5 - 17, 103.5 + 17);
    }

    // Mean over the channels of the pixel in the middle, or of the four there.
    private static void PassTheMiddle(Tensor weight)
    {
        long side = weight.Size(2), start = (side - 1) / 2, end = side / 2 + 1;
        weight.ZeroInPlace();
        weight.Slice(2, start, end).Slice(3, start, end).FillInPlace(1.0 / (weight.Size(1) * (end - start) * (end - start)));
    }

    /// <summary>Counted by hand from Simonyan and Zisserman's table 1, column D: 14,714,688 up to pool5; 102,764,544 in fc6 and 16,781,312 in
    /// fc7 (the paper says 134 M); 4,097 a class, 16 K^2 in each upscore layer, 513 and 257 a class in skips. AlexNet's convolutions have
    /// 2,469,696, its fc6 and fc7 54,534,144; GoogLeNet with batch norm has 5,599,904 without its last layer.</summary>
    [Theory]
    [InlineData("fcn32s_vgg16", 0, 0)]
    [InlineData("fcn16s_vgg16", 16 * 21 * 21, 513)]
    [InlineData("fcn8s_vgg16", 2 * 16 * 21 * 21, 513 + 257)]
    public void ParametersAreAsManyAsInThePaper(string id, long enlarging, long skipping)
    {
        const int Narrow = 16;
        SegmenterEntry entry = ModelZoo.FindSegmenter(id);
        using Segmenter model = entry.Create(21, new SegmenterSettings { HeadWidth = Narrow });
        long layers = (512 * 49 + 1) * Narrow + (Narrow + 1) * Narrow, others = 14_714_688 + enlarging + 21 * skipping;
        Assert.Equal(others + layers + 21 * (Narrow + 1), model.ParameterCount());
        Assert.Equal(134, Math.Round((others + 102_764_544 + 16_781_312 + 21 * 4097) / 1e6));         // table 1
    }

    [Theory]
    [InlineData("fcn32s_alexnet", 57_003_840 + 21 * 4097, 57)]
    [InlineData("fcn32s_googlenet", 5_599_904 + 21 * 1025, 6)]
    public void ThoseOnSmallerNetworksToo(string id, long count, int millions)
    {
        using Segmenter model = ModelZoo.FindSegmenter(id).Create(21, new SegmenterSettings());
        Assert.Equal(count, model.ParameterCount());
        Assert.Equal(millions, Math.Round(count / 1e6));
    }

    private static Fcn Create(int stride)
    {
        using var generator = new Generator(7);
        return Fcn.OnVgg(new Vgg(Small, new BackboneOptions(), generator), stride, new SegmenterOptions(Classes) { Dropout = 0 }, Width, generator);
    }
}
