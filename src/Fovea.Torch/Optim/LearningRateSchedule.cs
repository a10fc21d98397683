namespace Fovea.Torch.Optim;

/// <summary>
/// The learning rate as a function of the step: a factor on each group's initial rate. It has no state, so a resumed run needs
/// to know its step and
/// nothing else. What a step is, an iteration or an epoch, is the caller's choice.
/// </summary>
public abstract class LearningRateSchedule
{
    /// <summary>The factor before a step.</summary>
    /// <param name="step">How many steps have been made: 0 before the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public double Factor(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return FactorAt(step);
    }

    /// <summary>Sets the learning rate of each group for the step to come.</summary>
    public void Apply(Optimizer optimizer, long step)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        double factor = Factor(step);
        foreach (ParameterGroup group in optimizer.Groups) group.LearningRate = group.InitialLearningRate * factor;
    }

    private protected abstract double FactorAt(long step);
}

/// <summary>The same rate throughout.</summary>
public sealed class ConstantSchedule : LearningRateSchedule
{
    private protected override double FactorAt(long step) => 1;
}

/// <summary>The rate is multiplied by gamma every so many steps.</summary>
public sealed class StepSchedule : LearningRateSchedule
{
    private readonly long _size;
    private readonly double _gamma;

    /// <param name="size">Steps between two changes, from 1.</param>
    /// <param name="gamma">The factor, above 0.</param>
    public StepSchedule(long size, double gamma = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        (_size, _gamma) = (size, gamma);
    }

    private protected override double FactorAt(long step) => Math.Pow(_gamma, step / _size);
}

/// <summary>The rate is multiplied by gamma at each milestone: how the published detectors were trained.</summary>
public sealed class MultiStepSchedule : LearningRateSchedule
{
    private readonly long[] _milestones;
    private readonly double _gamma;

    /// <param name="milestones">Steps at which the rate changes, in any order; one named twice counts twice.</param>
    /// <param name="gamma">The factor, above 0.</param>
    public MultiStepSchedule(IEnumerable<long> milestones, double gamma = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        (_milestones, _gamma) = ([.. milestones], gamma);
    }

    private protected override double FactorAt(long step) => Math.Pow(_gamma, _milestones.Count(milestone => milestone <= step));
}

/// <summary>The rate falls to zero as (1 - step / steps) to a power.</summary>
/// <remarks>The "poly" policy of Chen et al.: "DeepLab" (TPAMI 2018), section 4.1.1, there with power 0.9.</remarks>
public sealed class PolynomialSchedule : LearningRateSchedule
{
    private readonly long _steps;
    private readonly double _power;

    /// <param name="steps">When the rate reaches zero, from 1; it stays there.</param>
    /// <param name="power">Above 0; 1 falls in a straight line.</param>
    public PolynomialSchedule(long steps, double power = 0.9)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(power);
        (_steps, _power) = (steps, power);
    }

    private protected override double FactorAt(long step) => Math.Pow(1 - (double)Math.Min(step, _steps) / _steps, _power);
}

/// <summary>The rate falls along half a cosine wave.</summary>
/// <remarks>Loshchilov and Hutter: "SGDR" (ICLR 2017), equation 5, without restarts.</remarks>
public sealed class CosineSchedule : LearningRateSchedule
{
    private readonly long _steps;
    private readonly double _end;

    /// <param name="steps">When the rate reaches its end, from 1; it stays there.</param>
    /// <param name="end">The last factor, 0 to 1.</param>
    public CosineSchedule(long steps, double end = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        if (end is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(end), end, "The last factor is from 0 to 1.");
        (_steps, _end) = (steps, end);
    }

    private protected override double FactorAt(long step) =>
        _end + (1 - _end) * (1 + Math.Cos(Math.PI * Math.Min(step, _steps) / _steps)) / 2;
}

/// <summary>Another schedule whose first steps are scaled up in a straight line, so that fresh weights are not thrown
/// about.</summary>
/// <remarks>Goyal et al.: "Accurate, Large Minibatch SGD" (2017), section 2.2, gradual warm-up.</remarks>
public sealed class LinearWarmup : LearningRateSchedule
{
    private readonly LearningRateSchedule _schedule;
    private readonly long _steps;
    private readonly double _start;

    /// <param name="schedule">What goes on beneath, from step 0.</param>
    /// <param name="steps">How many steps it takes to reach the whole rate; 0 for no warm-up.</param>
    /// <param name="start">The first factor, above 0 to 1. Torchvision's detectors start at 0.001.</param>
    public LinearWarmup(LearningRateSchedule schedule, long steps, double start = 0.001)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        if (start is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(start), start, "The first factor is above 0, to 1.");
        (_schedule, _steps, _start) = (schedule, steps, start);
    }

    private protected override double FactorAt(long step) =>
        _schedule.Factor(step) * (step >= _steps ? 1 : _start + (1 - _start) * step / _steps);
}
