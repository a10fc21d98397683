using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>Counts the live tensors of the whole process, and therefore runs alone.</summary>
[CollectionDefinition(nameof(EncoderDecoderLeakTests), DisableParallelization = true)]
[Collection(nameof(EncoderDecoderLeakTests))]
public class EncoderDecoderLeakTests
{
    [Theory]
    [InlineData("segnet_basic", null)]
    [InlineData("deconvnet", 2)]                        // SegNet's parts are all here and in SegNet-Basic
    [InlineData("unet", 2)]
    [InlineData("unet_same", 2)]
    [InlineData("enet", null)]
    [InlineData("fc_densenet56", null)]
    [InlineData("icnet_resnet50_half", null)]
    public void NetworksLeaveNoTensorBehind(string id, int? width)
    {
        using var scope = new TensorScope();
        using Segmenter model = ModelZoo.FindSegmenter(id).Create(2, new SegmenterSettings { Width = width }, new Generator(1));
        Tensor images = Tensor.Zeros([1, 3, 33, 40]);
        Run(model, images);                             // packs weights, and makes gradients
        long before = LiveTensors.Settled();
        Run(model, images);
        Assert.Equal(before, Tensor.LiveCount);
    }

    private static void Run(Segmenter model, Tensor images)
    {
        using var scope = new TensorScope();
        model.Train();
        model.ForwardWithAuxiliary(images)[0].Sum().Backward();
        model.Train(false);
        using var noGrad = new NoGrad();
        model.Forward(images);
    }
}
