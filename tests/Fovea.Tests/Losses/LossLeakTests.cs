using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Counts the live tensors of the whole process, and therefore runs alone.</summary>
[CollectionDefinition(nameof(LossLeakTests), DisableParallelization = true)]
[Collection(nameof(LossLeakTests))]
public class LossLeakTests
{
    [Fact]
    public void A_loss_leaves_its_result_behind_and_no_more()
    {
        using var scope = new TensorScope();
        foreach (LossGolden golden in LossGoldens.All.Where(g => !g.Weights && !g.Positive))
        {
            (Tensor x, Tensor y) = Inputs(golden);
            long before = Tensor.LiveCount;
            LossGoldens.Compute(golden, x, y);
            Assert.Equal(before + 1, Tensor.LiveCount);
        }
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        Step();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.LiveCount;
        Step();
        Assert.Equal(before, Tensor.LiveCount);
    }

    private static void Step()
    {
        using var scope = new TensorScope();
        foreach (LossGolden golden in LossGoldens.All)
        {
            (Tensor x, Tensor y) = Inputs(golden);
            LossGoldens.Compute(golden, x, y).Sum().Backward();
        }
    }

    private static (Tensor X, Tensor Y) Inputs(LossGolden golden)
    {
        Tensor x = LossGoldens.Filled(golden.Shape, 1) * golden.Factor;
        x.RequiresGrad = true;
        return (x, LossGoldens.Targets(golden.Target, golden.Shape));
    }
}
