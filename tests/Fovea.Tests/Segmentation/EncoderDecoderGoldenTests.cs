using System.Text.Json;
using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Backbones;
using Fovea.Tests.Parity;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>Encoder-decoder networks against the second implementation of tests/goldens/segmentation/make_encoder_decoders.py, with the
/// formula's weights.</summary>
public class EncoderDecoderGoldenTests
{
    private const int Classes = 5, Rows = 9, Columns = 13;      // the script's

    private static readonly JsonElement All = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "segmentation", "encoder_decoders.json"))).RootElement;

    [Theory]
    [InlineData("segnet_basic")]
    [InlineData("segnet")]
    [InlineData("deconvnet")]
    [InlineData("unet")]
    [InlineData("unet_same")]
    [InlineData("enet")]
    [InlineData("fc_densenet56")]
    [InlineData("icnet")]
    public void ScoresAreThoseOfASecondImplementation(string name)
    {
        using var scope = new TensorScope();
        using Segmenter model = Create(name);
        JsonElement golden = All.GetProperty(name);
        Assert.Equal(golden.GetProperty("parameters").GetInt64(), model.ParameterCount());
        FormulaWeights.Fill(model, golden.GetProperty("gain").GetDouble());
        model.Train(false);
        Tensor images = BackboneGoldens.Images(37, 53);
        float[] expected = BackboneGoldens.Floats(golden.GetProperty("out"));
        using (new NoGrad()) Assert.InRange(BackboneGoldens.Distance(expected, Thinned(model, images)), 0, 1e-4);
        Assert.InRange(BackboneGoldens.Distance(expected, Thinned(model, images)), 0, 1e-4);       // nothing is fused
    }

    /// <summary>All scores, those of the auxiliary heads as further channels, at every few pixels.</summary>
    private static float[] Thinned(Segmenter model, Tensor images)
    {
        using var scope = new TensorScope();
        return Tensor.Cat(model.ForwardWithAuxiliary(images), 1).Slice(2, 0, step: Rows).Slice(3, 0, step: Columns).Contiguous()
            .ToArray<float>();
    }

    // As narrow as in the script.
    private static Segmenter Create(string name)
    {
        var generator = new Generator(1);
        var options = new SegmenterOptions(Classes);
        Vgg Vgg(int width) => new(VggDesign.OfDepth(16, batchNorm: true) with { Width = width }, new BackboneOptions(), generator);
        return name switch
        {
            "segnet_basic" => new SegNetBasic(options, generator),
            "segnet" => new SegNet(Vgg(8), options, generator),
            "deconvnet" => new DeconvNet(Vgg(4), options, generator),
            "unet" => new UNet(options, 4, generator),
            "unet_same" => new SameUNet(options, 4, generator),
            "enet" => new ENet(options, generator),
            "fc_densenet56" => new FcDenseNet(FcDenseNetDesign.OfDepth(56), options, generator),
            "icnet" => new IcNet(new ResNet(ResNetDesign.OfDepth(50) with { Width = 8 }, new BackboneOptions { OutputStride = 8 }, generator),
                options, generator),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a network of the script."),
        };
    }
}
