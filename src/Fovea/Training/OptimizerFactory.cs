using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;

namespace Fovea.Training;

/// <summary>Builds the optimiser that the options name.</summary>
internal static class OptimizerFactory
{
    public static Optimizer Create(Module model, TrainingOptions options)
    {
        ParameterGroup[] groups = [new(model.NamedParameters().Where(p => p.Parameter.RequiresGrad), options.LearningRate, options.WeightDecay)];
        return options.Optimizer switch
        {
            OptimizerKind.Sgd => new Sgd(groups, new SgdOptions { Momentum = options.Momentum, Nesterov = options.Nesterov }),
            OptimizerKind.Adam => new Adam(groups),
            OptimizerKind.AdamW => new AdamW(groups),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Optimizer, "Unknown optimiser."),
        };
    }
}
