using Fovea.Torch;
using Fovea.Torch.Optim;

namespace Fovea.Training;

/// <summary>Builds the optimiser that the options name, with a group of parameters for each learning rate and weight decay.</summary>
internal static class OptimizerFactory
{
    public static Optimizer Create<TBatch>(TrainingTask<TBatch> task, TrainingOptions options) where TBatch : class, IDisposable
    {
        ParameterGroup[] groups = [.. Groups(task, options)];
        return options.Optimizer switch
        {
            OptimizerKind.Sgd => new Sgd(groups, new SgdOptions { Momentum = options.Momentum, Nesterov = options.Nesterov }),
            OptimizerKind.Adam => new Adam(groups),
            OptimizerKind.AdamW => new AdamW(groups),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Optimizer, "Unknown optimiser."),
        };
    }

    // Groups in the order in which their first parameters come, so that a checkpoint finds them again.
    private static IEnumerable<ParameterGroup> Groups<TBatch>(TrainingTask<TBatch> task, TrainingOptions options)
        where TBatch : class, IDisposable =>
        task.Model.NamedParameters().Where(entry => entry.Parameter.RequiresGrad)
            .GroupBy(entry =>
                (Scale: RateScale(task, options, entry.Name), Decay: Decays(entry.Parameter, options) ? options.WeightDecay : 0))
            .Select(group => new ParameterGroup(group, options.LearningRate, group.Key.Decay) { RateScale = group.Key.Scale });

    // The last stage learns slower than the head by one factor, the stage before it by two, and so on (BEiT's layer-wise decay).
    private static double RateScale<TBatch>(TrainingTask<TBatch> task, TrainingOptions options, string name)
        where TBatch : class, IDisposable
    {
        int stage = task.Stages.TakeWhile(s => !s.Owns(name)).Count();
        return Math.Pow(options.LayerDecay, task.Stages.Count - stage);
    }

    private static bool Decays(Tensor parameter, TrainingOptions options) => options.DecayNormAndBias || parameter.Dim > 1;
}
