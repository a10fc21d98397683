using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Tests.Ops;

/// <summary>Counts the live tensors of the whole process, and therefore runs alone.</summary>
[CollectionDefinition(nameof(OperatorLeakTests), DisableParallelization = true)]
[Collection(nameof(OperatorLeakTests))]
public class OperatorLeakTests
{
    [Fact]
    public void Operators_leave_no_tensor_behind()
    {
        Run(DType.Float32);
        Run(DType.Float64);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.LiveCount;
        Run(DType.Float32);
        Run(DType.Float64);
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void A_region_that_is_refused_leaves_no_tensor_behind()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Ones([1, 16, 8, 8]), rois = Tensor.From([1f, 1, 1, 6, 6], 1, 5);      // of a second picture
        long before = Tensor.LiveCount;
        Assert.Throws<ArgumentException>(() => RoiAlign.Forward(map, rois, 2, 2, 1));
        Assert.Throws<ArgumentException>(() => RoiPool.Forward(map, rois, 2, 2, 1));
        Assert.Equal(before, Tensor.LiveCount);
    }

    private static void Run(DType type)
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Ones([1, 16, 8, 8], type);
        map.RequiresGrad = true;
        Tensor rois = Tensor.From([0f, 1, 1, 6, 6], 1, 5), boxes = rois[.., 1..].To(type), one = Tensor.Ones([1], type);
        (RoiAlign.Forward(map, rois, 2, 2, 1) + RoiPool.Forward(map, rois, 2, 2, 1)).Sum().Backward();
        RoiAlign.Forward(map.Detach(), rois, 2, 2, 1);
        RoiPool.Forward(map.Detach(), rois, 2, 2, 1);
        Nms.Keep(boxes, one, 0.5);
        Nms.KeepPerClass(boxes, one, Tensor.Ones([1], DType.Int64), 0.5);
        Tensor matches = new Matcher(0.5, 0.5, true).Match(boxes, boxes);
        new BalancedSampler(4, 0.5).Select(Matcher.Labels(matches, null));
        BoxCoder coder = new(1, 1, 1, 1);
        coder.Decode(coder.Encode(boxes, boxes), boxes);
    }
}
