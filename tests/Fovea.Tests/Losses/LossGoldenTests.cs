using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Every loss against torch, torchvision or its formula in plain loops (tests/goldens/losses), and against finite
/// differences.</summary>
public class LossGoldenTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, LossGoldens.All.Length)];

    [Theory, MemberData(nameof(Cases))]
    public void Value_and_gradient_are_the_golden_s(int index)
    {
        LossGolden g = LossGoldens.All[index];
        (Tensor loss, Tensor x) = Run(g, DType.Float64);
        AssertClose(g.Out, loss, 1e-9, g);
        AssertClose(g.Grad, x.Grad!, 1e-9, g);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Single_precision_is_close(int index)
    {
        LossGolden g = LossGoldens.All[index];
        (Tensor loss, Tensor x) = Run(g, DType.Float32);
        Assert.Equal(DType.Float32, loss.DType);
        AssertClose(g.Out, loss.To(DType.Float64), 1e-5, g);
        AssertClose(g.Grad, x.Grad!.To(DType.Float64), 1e-4, g);
    }

    [Theory, InlineData(DType.Float16), InlineData(DType.BFloat16)]
    public void Half_types_are_summed_in_single_precision(DType type)
    {
        using var scope = new TensorScope();
        foreach (LossGolden g in LossGoldens.All)
        {
            Tensor x = (LossGoldens.Filled(g.Shape, 1) * (g.Loss == "circle_class" ? 0.9 : 3)).To(type), y = Target(g);
            if (y.DType.IsFloatingPoint()) y = y.To(type);
            Tensor loss = LossGoldens.Compute(g, x, y);
            Assert.Equal(DType.Float32, loss.DType);
            Assert.True(LossGoldens.Compute(g, x.To(DType.Float32), y).ElementsEqual(loss), g.ToString());
        }
    }

    // Circle loss holds its weights constant for the gradient: see CircleLossTests.
    [Theory, MemberData(nameof(Cases))]
    public void The_gradient_is_that_of_finite_differences(int index)
    {
        LossGolden g = LossGoldens.All[index];
        if (g.Loss.StartsWith("circle", StringComparison.Ordinal)) return;
        using var scope = new TensorScope();
        Tensor y = Target(g);
        GradientCheck.Run(x => LossGoldens.Compute(g, x, y), [.. LossGoldens.Fill(g.Grad.Length, 1).Select(v => v * g.Factor)], g.Shape);
    }

    [Fact]
    public void The_goldens_hold_every_loss_and_reduction()
    {
        Assert.Equal(11, LossGoldens.All.Select(g => g.Loss).Distinct().Count());
        foreach (string loss in LossGoldens.All.Select(g => g.Loss).Distinct().Except(["soft_iou", "dice"]))
            Assert.True(LossGoldens.All.Count(g => g.Loss == loss && g.Reduction is "none") >= 1, loss);
    }

    private static (Tensor Loss, Tensor X) Run(LossGolden g, DType type)
    {
        Tensor x = (LossGoldens.Filled(g.Shape, 1) * g.Factor).To(type), y = Target(g);
        if (y.DType.IsFloatingPoint()) y = y.To(type);
        x.RequiresGrad = true;
        Tensor loss = LossGoldens.Compute(g, x, y);
        loss.Backward(loss.Dim == 0 ? null : LossGoldens.Filled(loss.Shape, 3).To(type));
        return (loss, x);
    }

    private static Tensor Target(LossGolden g) => LossGoldens.Targets(g.Target, g.Shape);

    private static void AssertClose(double[] expected, Tensor actual, double tolerance, LossGolden g)
    {
        double[] values = actual.ToArray<double>();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"{g}, entry {i}: expected {expected[i]}, got {values[i]}");
    }
}
