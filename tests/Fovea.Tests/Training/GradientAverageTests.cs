using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Training;

namespace Fovea.Tests.Training;

public class GradientAverageTests
{
    // Three layers of 6, 2 and 4 numbers.
    private sealed class Layers : Module
    {
        public Layers()
        {
            using var scope = new TensorScope();
            All = [Child("a", new Linear(2, 3, bias: false)), Child("b", new Linear(2, 1, bias: false)), Child("c", new Linear(4, 1, bias: false))];
        }

        public Linear[] All { get; }

        public void SetGradient(int layer, float value)
        {
            using var scope = new TensorScope();
            All[layer].Weight.Grad = Tensor.Full(All[layer].Weight.Shape, value);
        }

        public float[]? Gradient(int layer) => All[layer].Weight.Grad?.ToArray<float>();
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(8, 2)]
    [InlineData(6, 2)]
    [InlineData(5, 3)]   // the first is larger than a bucket
    [InlineData(1, 3)]
    public void Gradients_of_all_processes_add_up(int bucketLength, int buckets) => TinyTeam.Run(3, group =>
    {
        using var scope = new TensorScope();
        using var model = new Layers();
        var average = new GradientAverage(model, group, bucketLength);
        Assert.Equal(buckets, average.BucketCount);
        model.SetGradient(0, MathF.Pow(10, group.Rank));
        if (group.Rank == 1) model.SetGradient(1, 7);
        average.Exchange();
        Assert.Equal(Enumerable.Repeat(111f, 6), model.Gradient(0)!);
        Assert.Equal([3, 2], model.All[0].Weight.Grad!.Shape);
        Assert.Equal([7f, 7f], model.Gradient(1)!);        // of a part that only one process used
        Assert.Null(model.Gradient(2));                    // and of one that none did

        model.ZeroGrad();
        model.SetGradient(2, group.Rank);
        average.Exchange();                                // nothing is left of the first time
        Assert.Null(model.Gradient(0));
        Assert.Equal(Enumerable.Repeat(3f, 4), model.Gradient(2)!);
        return 0;
    });

    [Fact]
    public void Frozen_parameters_do_not_travel() => TinyTeam.Run(2, group =>
    {
        using var scope = new TensorScope();
        using var model = new Layers();
        model.All[0].Weight.RequiresGrad = false;
        var average = new GradientAverage(model, group);
        model.SetGradient(1, 1);
        average.Exchange();
        Assert.Null(model.Gradient(0));
        Assert.Equal([2f, 2f], model.Gradient(1)!);
        return 0;
    });

    [Fact]
    public void All_begin_with_the_weights_and_statistics_of_process_0() => TinyTeam.Run(2, group =>
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(3);
        norm.Weight.Detach().FillInPlace(1 + group.Rank);
        norm.RunningMean.FillInPlace(5 + group.Rank);
        new GradientAverage(norm, group).Begin();
        Assert.Equal([1f, 1f, 1f], norm.Weight.ToArray<float>());
        Assert.Equal([5f, 5f, 5f], norm.RunningMean.ToArray<float>());
        return 0;
    });

    [Fact]
    public void Running_statistics_become_their_mean_and_equal_ones_keep_their_bits() => TinyTeam.Run(3, group =>
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(2);
        var average = new GradientAverage(norm, group);
        const float Odd = 0.1f;
        norm.RunningMean.FillInPlace(group.Rank * group.Rank);
        norm.RunningVariance.FillInPlace(Odd);
        for (int i = 0; i < 5; i++) average.Exchange();
        Assert.Equal([5f / 3, 5f / 3], norm.RunningMean.ToArray<float>());
        Assert.Equal([Odd, Odd], norm.RunningVariance.ToArray<float>());
        return 0;
    });

    [Fact]
    public void An_overflow_in_one_process_lowers_the_loss_scale_of_all() => TinyTeam.Run(2, group =>
    {
        using var scope = new TensorScope();
        using var model = new Layers();
        var scaler = new LossScaler(true);
        model.SetGradient(0, group.Rank == 1 ? float.NegativeInfinity : 1);
        new GradientAverage(model, group).Exchange();
        Assert.False(scaler.Unscale(model.Parameters()));
        Assert.Equal(32768, scaler.Scale);
        return 0;
    });
}
