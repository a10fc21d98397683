using Fovea.Torch.Optim;

namespace Fovea.Torch.Tests.Optim;

public sealed class ScheduleTests
{
    private static readonly Dictionary<string, LearningRateSchedule> Schedules = new()
    {
        ["step"] = new StepSchedule(3, 0.5),
        ["multistep"] = new MultiStepSchedule([7, 2, 7]),
        ["poly"] = new PolynomialSchedule(8),
        ["cosine"] = new CosineSchedule(11, 0.05),
        ["warmup"] = new LinearWarmup(new ConstantSchedule(), 5),
        ["warmup multistep"] = new LinearWarmup(new MultiStepSchedule([3, 8]), 5),
    };

    public static TheoryData<string> Names => [.. Schedules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Twelve_steps_are_PyTorch_s(string name) =>
        OptimGoldens.AssertClose(OptimGoldens.Numbers(name), [.. Enumerable.Range(0, 12).Select(i => Schedules[name].Factor(i))], 1e-12);

    [Fact]
    public void A_schedule_multiplies_the_initial_rate_of_each_group()
    {
        using Tensor a = Tensor.Zeros([1]), b = Tensor.Zeros([1]);
        (a.RequiresGrad, b.RequiresGrad) = (true, true);
        using var optimizer = new Sgd([new([("a", a)], 1), new([("b", b)], 0.2)]);
        Schedules["step"].Apply(optimizer, 4);
        Schedules["step"].Apply(optimizer, 4);
        Assert.Equal([0.5, 0.1], optimizer.Groups.Select(group => group.LearningRate));
    }

    [Fact]
    public void After_their_end_schedules_stay_there()
    {
        Assert.Equal(0, new PolynomialSchedule(8).Factor(1000));
        Assert.Equal(0.05, new CosineSchedule(11, 0.05).Factor(1000), 12);
        Assert.Equal(1, new LinearWarmup(new ConstantSchedule(), 0).Factor(0));
    }

    [Theory]
    [InlineData("plateau", false, 2, 1e-4, 0)]
    [InlineData("plateau cooldown", false, 1, 0.01, 2)]
    [InlineData("plateau max", true, 1, 0.05, 0)]
    public void Plateaus_are_PyTorch_s_also_across_a_resume(string name, bool higherIsBetter, int patience, double threshold, int cooldown)
    {
        PlateauSchedule Make() => new(higherIsBetter, 0.5, patience, threshold, cooldown);
        PlateauSchedule schedule = Make();
        var factors = new List<double>();
        foreach (double value in OptimGoldens.Numbers("plateau values"))
        {
            double before = schedule.State.Factor;
            Assert.Equal(schedule.Observe(value), schedule.State.Factor < before);
            factors.Add(schedule.State.Factor);
            PlateauState state = schedule.State;
            schedule = Make();
            schedule.State = state;
        }
        OptimGoldens.AssertClose(OptimGoldens.Numbers(name), [.. factors], 1e-12);
    }

    [Fact]
    public void A_plateau_that_yields_no_numbers_lowers_the_rate()
    {
        var schedule = new PlateauSchedule(higherIsBetter: true, patience: 1);
        Assert.Equal([false, true], [schedule.Observe(double.NaN), schedule.Observe(double.NaN)]);
        Assert.False(schedule.Observe(0.5));
        Assert.Equal(0.5, schedule.State.Best);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepSchedule(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CosineSchedule(10, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearWarmup(new ConstantSchedule(), 5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PlateauSchedule(true, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantSchedule().Factor(-1));
    }
}
