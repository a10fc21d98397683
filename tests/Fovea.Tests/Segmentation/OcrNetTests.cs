using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class OcrNetTests
{
    /// <summary>Yuan et al. 2020, table 6 with HRNetV2-W48's 65.8 M of Wang et al. 2021, table 3: about 70 M at Cityscapes' 19
    /// classes.</summary>
    [Fact]
    public void ParametersAreThePapers()
    {
        using Segmenter model = ModelZoo.FindSegmenter("hrnetv2_w48_ocr").Create(19, new SegmenterSettings());
        Assert.Equal(70.4, model.ParameterCount() / 1e6, 0.1);
    }

    /// <summary>By hand, beside HRNetV2, whose head is here the regions': 270 channels through a 3x3 convolution to 512; 512 to 256 and 256
    /// to 256 for pixels and regions, 512 to 256 for values, 256 to 512, 1024 to 512; 513 numbers a class. Batch norms have two a
    /// channel.</summary>
    [Fact]
    public void PartsAreAsLargeAsCounted()
    {
        using Segmenter with = ModelZoo.FindSegmenter("hrnetv2_w18_ocr").Create(7, new SegmenterSettings());
        using Segmenter without = ModelZoo.FindSegmenter("hrnetv2_w18").Create(7, new SegmenterSettings());
        long convolutions = 270 * 512 * 9 + 2 * (512 * 256 + 256 * 256) + 512 * 256 + 256 * 512 + 1024 * 512;
        long norms = 2 * (512 + 4 * 256 + 256 + 512 + 512);
        Assert.Equal(convolutions + norms + 7 * 513, with.ParameterCount() - without.ParameterCount());
    }

    /// <summary>The regions are the auxiliary head's scores, and the classes' scores depend on them also without a loss of their
    /// own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RegionsLearnWithAndWithoutALoss(bool auxiliary)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        var options = new SegmenterOptions(3) { Auxiliary = auxiliary, Dropout = 0 };
        using var model = new OcrNet(new TinyBackbone(generator), options, 8, generator);
        Tensor[] scores = model.ForwardWithAuxiliary(Tensor.Randn([2, 3, 64, 64], generator));
        Assert.Equal(auxiliary ? [0.4] : [], model.AuxiliaryWeights);
        Assert.Equal(1 + model.AuxiliaryWeights.Count, scores.Length);
        (scores[0] * Tensor.Randn(scores[0].Shape, generator)).Sum().Backward();
        Tensor gradient = model.NamedParameters().Single(p => p.Name == "regions.1.weight").Parameter.Grad!;
        Assert.True(gradient.Abs().Max().Item() > 1e-6);
    }
}
