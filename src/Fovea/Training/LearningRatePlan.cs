using Fovea.Torch.Optim;

namespace Fovea.Training;

/// <summary>The learning rate of each step: a warm-up times a schedule. A function of the step alone (and of how often a plateau
/// was met), so that a resumed run needs no state.</summary>
internal sealed class LearningRatePlan(TrainingOptions options, int stepsPerEpoch)
{
    private const double PlateauDecay = 0.1;

    private readonly LearningRateSchedule _schedule = Create(options, stepsPerEpoch);

    /// <param name="step">Steps taken before this one.</param>
    /// <param name="decays">How often a plateau lowered the rate.</param>
    public double Rate(long step, int decays) => options.LearningRate * _schedule.Factor(step) * Math.Pow(PlateauDecay, decays);

    private static LearningRateSchedule Create(TrainingOptions options, int stepsPerEpoch)
    {
        long steps = (long)stepsPerEpoch * options.Epochs;
        LearningRateSchedule schedule = options.Schedule switch
        {
            ScheduleKind.MultiStep => new MultiStepSchedule(options.Milestones.Select(epoch => (long)epoch * stepsPerEpoch)),
            ScheduleKind.Cosine => new CosineSchedule(steps),
            ScheduleKind.Poly => new PolynomialSchedule(steps),
            _ => new ConstantSchedule(),
        };
        return options.WarmUpSteps > 0 ? new LinearWarmup(schedule, options.WarmUpSteps) : schedule;
    }
}
