using Fovea.Detection.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Detection.Parts;

public class BoxHeadTests
{
    private static void Set(Module module, string name, params float[] values)
    {
        using var noGrad = new NoGrad();
        Tensor parameter = module.NamedParameters().Single(entry => entry.Name == name).Parameter;
        parameter.CopyInPlace(Tensor.From(values, parameter.Shape));
    }

    // fc6: (a + b, b - a + 1) of pixels a and b, then fc7: (2 x, x - y), each without what is below 0.
    [Fact]
    public void Two_layers_worked_by_hand()
    {
        using var scope = new TensorScope();
        using var head = new TwoMlpHead(2, 2);
        Set(head, "fc6.weight", 1, 1, -1, 1);
        Set(head, "fc6.bias", 0, 1);
        Set(head, "fc7.weight", 2, 0, 1, -1);
        Set(head, "fc7.bias", 0, 0);
        // (3, 1) -> (4, -1) -> (4, 0) -> (8, 4); (1, 3) -> (4, 3) -> (8, 1); (-3, 1) -> (-2, 5) -> (0, 5) -> (0, -5).
        float[] result = head.Forward(Tensor.From<float>([3, 1, 1, 3, -3, 1], 3, 1, 1, 2)).ToArray<float>();
        Assert.Equal([8, 4, 8, 1, 0, 0], result);
    }

    [Fact]
    public void The_predictor_has_a_score_and_four_numbers_a_class()
    {
        using var scope = new TensorScope();
        using var predictor = new FastRcnnPredictor(1, 2);
        Set(predictor, "cls_score.weight", 1, -1);
        Set(predictor, "cls_score.bias", 0.5f, 0);
        Set(predictor, "bbox_pred.weight", 1, 2, 3, 4, 5, 6, 7, 8);
        Set(predictor, "bbox_pred.bias", 0, 0, 0, 0, 0, 0, 0, 1);
        (Tensor logits, Tensor deltas) = predictor.Forward(Tensor.From<float>([2, 0], 2, 1));
        Assert.Equal([2.5f, -2, 0.5f, 0], logits.ToArray<float>());
        Assert.Equal([2, 4, 6, 8, 10, 12, 14, 17, 0, 0, 0, 0, 0, 0, 0, 1], deltas.ToArray<float>());
    }

    [Fact]
    public void No_region_gives_no_row()
    {
        using var scope = new TensorScope();
        using var head = new TwoMlpHead(18, 5);
        using var predictor = new FastRcnnPredictor(5, 3);
        (Tensor logits, Tensor deltas) = predictor.Forward(head.Forward(Tensor.Zeros([0, 2, 3, 3])));
        Assert.Equal([0, 3], logits.Shape);
        Assert.Equal([0, 12], deltas.Shape);
    }
}
