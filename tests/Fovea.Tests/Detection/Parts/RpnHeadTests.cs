using Fovea.Detection.Parts;
using Fovea.Torch;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection.Parts;

public class RpnHeadTests
{
    [Theory, InlineData(true), InlineData(false)]
    public void Logits_and_deltas_are_torchvisions_cell_by_cell_and_anchor_by_anchor(bool training)
    {
        using var scope = new TensorScope();
        using RpnHead head = Weighed(new RpnHead(3, 2));
        head.Train(training);
        using var noGrad = new NoGrad();
        (Tensor Objectness, Tensor Deltas)[] levels = head.Forward([Filled(1, 2, 3, 2, 3), Filled(2, 2, 3, 1, 2)]);
        Assert.Equal([2, 12], levels[0].Objectness.Shape);
        Assert.Equal([2, 4, 4], levels[1].Deltas.Shape);
        AssertClose(Golden("rpn_head").Floats(), Values32(levels.SelectMany(level => new[] { level.Objectness, level.Deltas })), 1e-5);
    }

    [Fact]
    public void Weights_start_small_and_without_bias()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var head = new RpnHead(64, 3, generator: generator);
        Dictionary<string, Tensor> state = head.StateDict().ToDictionary();
        Assert.Equal(["conv.0.0.weight", "conv.0.0.bias", "cls_logits.weight", "cls_logits.bias", "bbox_pred.weight", "bbox_pred.bias"],
            head.StateDict().Select(entry => entry.Name));
        Assert.All(state.Where(entry => entry.Key.EndsWith("bias")),
            entry => Assert.All(entry.Value.ToArray<float>(), v => Assert.Equal(0, v)));
        float[] weights = state["conv.0.0.weight"].ToArray<float>();                    // 36,864 numbers: the deviation's error is 0.4 %
        Assert.Equal(0.01, Math.Sqrt(weights.Average(v => (double)v * v)), 1e-4);
    }
}
