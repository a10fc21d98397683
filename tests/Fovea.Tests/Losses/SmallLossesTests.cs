using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Smooth L1 and entropy.</summary>
public class SmallLossesTests
{
    [Fact]
    public void Smooth_L1_by_hand()
    {
        using var scope = new TensorScope();
        Tensor predicted = Tensor.From([0.0, 0.5, -3, 2], 4), truth = Tensor.From([0.0, 0, 0, 0], 4);
        Assert.Equal([0, 0.125, 2.5, 1.5], SmoothL1Loss.Compute(predicted, truth, reduction: Reduction.None).ToArray<double>());
        Assert.Equal([0, 0.0625, 2, 1], SmoothL1Loss.Compute(predicted, truth, beta: 2, Reduction.None).ToArray<double>());
        Assert.Equal([0, 0.5, 3, 2], SmoothL1Loss.Compute(predicted, truth, beta: 0, Reduction.None).ToArray<double>());
        Assert.Equal(4.125, SmoothL1Loss.Compute(predicted, truth, reduction: Reduction.Sum).Item());
        Assert.Equal(4.125 / 4, SmoothL1Loss.Compute(predicted, truth).Item());
    }

    [Fact]
    public void Entropy_by_hand()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From([0, 0, 0, 0, 100, 0, 0, 0, Math.Log(3), 0, -1000, -1000], 3, 4);
        double third = -0.75 * Math.Log(0.75) - 0.25 * Math.Log(0.25);
        Assert.Equal([Math.Log(4), 0, third], PredictionEntropy.Compute(logits, Reduction.None).ToArray<double>(),
            (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal((Math.Log(4) + third) / 3, PredictionEntropy.Compute(logits).Item(), 1e-12);
        Assert.Equal(0, PredictionEntropy.Compute(Tensor.Zeros([0, 4])).Item());
    }

    [Fact]
    public void Minimising_entropy_makes_predictions_surer_of_what_they_lean_to()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From([0.5, 0, 0], 1, 3);
        logits.RequiresGrad = true;
        PredictionEntropy.Compute(logits).Backward();
        double[] gradient = logits.Grad!.ToArray<double>();
        Assert.True(gradient[0] < 0 && gradient[1] > 0 && gradient[2] > 0);
    }
}
