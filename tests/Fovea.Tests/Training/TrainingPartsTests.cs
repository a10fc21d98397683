using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Tests.Training;

public class LearningRatePlanTests
{
    private static double[] Rates(TrainingOptions options, int stepsPerEpoch, int decays = 0) =>
        [.. Enumerable.Range(0, options.Epochs * stepsPerEpoch).Select(step => new LearningRatePlan(options, stepsPerEpoch).Rate(step, decays))];

    private static readonly TrainingOptions Options = new() { Epochs = 4, LearningRate = 0.5, WarmUpSteps = 0 };

    [Fact]
    public void Constant_stays_and_a_plateau_divides_by_ten()
    {
        Assert.All(Rates(Options with { Schedule = ScheduleKind.Constant }, 3), rate => Assert.Equal(0.5, rate));
        Assert.All(Rates(Options with { Schedule = ScheduleKind.Plateau }, 3, decays: 2), rate => Assert.Equal(0.005, rate, 1e-12));
    }

    [Fact]
    public void Milestones_are_epochs() =>
        Assert.Equal([0.5, 0.5, 0.05, 0.05, 0.05, 0.05, 0.005, 0.005], Rates(Options with { Schedule = ScheduleKind.MultiStep, Milestones = [1, 3] }, 2).Select(r => Math.Round(r, 9)));

    [Fact]
    public void Cosine_and_poly_fall_over_the_whole_run()
    {
        double[] cosine = Rates(Options with { Schedule = ScheduleKind.Cosine }, 5), poly = Rates(Options with { Schedule = ScheduleKind.Poly }, 5);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(0.25 * (1 + Math.Cos(Math.PI * i / 20)), cosine[i], 1e-12);
            Assert.Equal(0.5 * Math.Pow(1 - i / 20.0, 0.9), poly[i], 1e-12);
        }
    }

    [Fact]
    public void Warm_up_rises_from_a_thousandth_to_the_schedule()
    {
        double[] rates = Rates(Options with { Schedule = ScheduleKind.Constant, WarmUpSteps = 10 }, 5);
        Assert.Equal(0.0005, rates[0], 1e-9);
        Assert.True(rates[..11].Zip(rates[1..11]).All(pair => pair.First < pair.Second));
        Assert.All(rates[10..], rate => Assert.Equal(0.5, rate));
    }
}

public class WeightAverageTests
{
    private static byte[] Bits(IEnumerable<(string Name, Tensor Value)> state) => [.. state.Where(e => e.Value.DType == DType.Float32)
        .SelectMany(e => e.Value.Detach().ToArray<float>()).SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void The_average_is_what_the_formula_says()
    {
        using var scope = new TensorScope();
        using var layer = new Linear(1, 1, bias: false);
        layer.Weight.Detach().FillInPlace(10);
        using var average = new WeightAverage(layer, 0.5);
        layer.Weight.Detach().FillInPlace(0);
        average.Update(0);                                                  // keeps min(0.5, 1 / 10)
        Assert.Equal(1f, average.State.Single().Value.Item(), 1e-6);
        layer.Weight.Detach().FillInPlace(3);
        average.Update(100);                                                // keeps 0.5
        Assert.Equal(2f, average.State.Single().Value.Item(), 1e-6);
        Assert.Equal(3f, layer.Weight.Item());
    }

    [Fact]
    public void Swapped_twice_is_nothing_and_the_average_can_be_saved_and_loaded()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(3);
        using var average = new WeightAverage(norm, 0.9);
        norm.Weight.Detach().FillInPlace(0.3);
        norm.RunningMean.FillInPlace(7);
        average.Update(3);
        Assert.All(average.State.Single(e => e.Name == "running_mean").Value.ToArray<float>(), v => Assert.Equal(7, v));   // copied, not averaged
        byte[] model = Bits(norm.StateDict()), averaged = Bits(average.State);
        average.Swap();
        Assert.Equal(averaged.Order(), Bits(norm.StateDict()).Order());
        Assert.NotEqual(model, Bits(norm.StateDict()));
        average.Swap();
        Assert.Equal(model, Bits(norm.StateDict()));
        Assert.Equal(averaged, Bits(average.State));

        string path = Path.GetTempFileName();
        SafetensorsWriter.Write(path, average.State.Select(e => SafetensorsEntry.FromTensor(e.Name, e.Value)));
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        using (var other = new WeightAverage(norm, 0.9))
        {
            other.Load(file.Tensors, path);
            Assert.Equal(averaged, Bits(other.State));
            using var larger = new BatchNorm2d(4);
            using var wrong = new WeightAverage(larger, 0.9);
            Assert.Contains("with the shape [4]", Assert.Throws<TensorFileException>(() => wrong.Load(file.Tensors, path)).Message);
        }
        File.Delete(path);
    }
}

public class LossScalerTests
{
    private static Tensor WithGradient(float value)
    {
        Tensor parameter = Tensor.Ones([2]);
        parameter.RequiresGrad = true;
        (parameter * value).Sum().Backward();
        return parameter;
    }

    [Fact]
    public void Overflow_skips_the_step_and_halves_the_scale()
    {
        using var scope = new TensorScope();
        var scaler = new LossScaler(true) { GoodSteps = 7 };
        Assert.Equal(65536, scaler.Scale);
        Assert.False(scaler.Unscale([WithGradient(1), WithGradient(float.PositiveInfinity)]));
        Assert.Equal((32768, 0), (scaler.Scale, scaler.GoodSteps));
        Assert.False(scaler.Unscale([WithGradient(float.NaN)]));
        Assert.Equal(16384, scaler.Scale);
    }

    [Fact]
    public void Good_steps_are_unscaled_and_two_thousand_of_them_double_the_scale()
    {
        using var scope = new TensorScope();
        var scaler = new LossScaler(true) { GoodSteps = 1998 };
        Tensor parameter = WithGradient(65536 * 3);
        Assert.True(scaler.Unscale([parameter, Tensor.Ones([1])]));          // one without gradient, too
        Assert.Equal([3f, 3f], parameter.Grad!.ToArray<float>());
        Assert.Equal((65536, 1999), (scaler.Scale, scaler.GoodSteps));
        Assert.True(scaler.Unscale([WithGradient(1)]));
        Assert.Equal((131072, 0), (scaler.Scale, scaler.GoodSteps));
    }

    [Fact]
    public void Without_sixteen_bits_nothing_is_scaled()
    {
        using var scope = new TensorScope();
        var scaler = new LossScaler(false);
        Tensor parameter = WithGradient(float.PositiveInfinity);
        Assert.True(scaler.Unscale([parameter]));
        Assert.Equal(1, scaler.Scale);
    }
}

public class GradientClipTests
{
    [Fact]
    public void All_gradients_are_shortened_by_one_factor()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.Zeros([1]), b = Tensor.Zeros([1]), none = Tensor.Zeros([1]);
        foreach (Tensor t in (Tensor[])[a, b, none]) t.RequiresGrad = true;
        (a * 3 + b * -4).Sum().Backward();
        Assert.Equal(5, GradientClip.ByNorm([a, b, none], 10), 1e-6);
        Assert.Equal(3, a.Grad!.Item());
        Assert.Equal(5, GradientClip.ByNorm([a, b, none], 1), 1e-6);
        Assert.Equal(0.6, a.Grad!.Item(), 1e-5);
        Assert.Equal(-0.8, b.Grad!.Item(), 1e-5);
        Assert.Equal(0, GradientClip.ByNorm([none], 1));
    }
}
