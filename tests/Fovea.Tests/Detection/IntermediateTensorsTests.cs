using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Layers;
using Fovea.Tests.Ops;
using Fovea.Tests.Training;
using Fovea.Torch;

namespace Fovea.Tests.Detection;

/// <summary>The maps of a large picture are most of a prediction's memory: a part leaves nothing but its results. Counts the live
/// tensors of the whole process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class IntermediateTensorsTests
{
    private static readonly ImageSize Size = new(64, 64);

    private static void AssertLeaves(int results, Action run)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        run();                                     // weights are packed and anchors kept the first time
        long before = LiveTensors.Settled();
        run();
        Assert.Equal(before + results, Tensor.LiveCount);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Parts_leave_their_results_only(bool training)
    {
        using var scope = new TensorScope();
        using var backbone = new PyramidBackbone(new TinyBackbone(), 4);
        using var rpn = new RpnHead(4, 3);
        using var heads = new RoiHeads(new MultiScaleRoiAlign(2), new TwoMlpHead(16, 5), new FastRcnnPredictor(5, 3),
            new RoiHeadsOptions());
        foreach (Fovea.Torch.Nn.Module part in new Fovea.Torch.Nn.Module[] { backbone, rpn, heads }) part.Train(training);
        Tensor images = Tensor.Ones([1, 3, Size.Height, Size.Width]);
        Tensor regions = Tensor.From<float>([0, 0, 30, 30, 5, 5, 60, 60], 2, 4);
        Tensor[] levels = backbone.Forward(images);
        AssertLeaves(5, () => backbone.Forward(images));
        AssertLeaves(2 * 5, () => rpn.Forward(levels));
        AssertLeaves(2, () => heads.Forward(levels[..^1], [regions], [Size]));
    }
}
