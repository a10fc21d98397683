namespace Fovea.Training;

/// <summary>Where a run stands: what a checkpoint keeps beside tensors.</summary>
public sealed record TrainingProgress
{
    /// <summary>Finished epochs.</summary>
    public int Epoch { get; init; }

    /// <summary>Finished batches of the present epoch; all of them while its validation is still to be done.</summary>
    public int Batch { get; init; }

    /// <summary>Optimiser steps taken.</summary>
    public long Step { get; init; }

    /// <summary>Best value of the main metric so far, NaN before the first validation.</summary>
    public double Best { get; init; } = double.NaN;

    /// <summary>Epoch that reached it, from 1.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Validations since then.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Validations without improvement since the learning rate was last lowered.</summary>
    public int SinceDecay { get; init; }

    /// <summary>How often a plateau lowered the learning rate.</summary>
    public int Decays { get; init; }

    /// <summary>Factor on the loss in 16-bit training.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>Steps since it changed.</summary>
    public int LossScaleSteps { get; init; }

    /// <summary>Processes that train together.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Length of metrics.jsonl, in bytes.</summary>
    public long MetricsLength { get; init; }
}
