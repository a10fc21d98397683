namespace Fovea.Training;

/// <summary>What a training run tells whoever watches it.</summary>
public interface ITrainingObserver
{
    /// <summary>The run begins, or goes on.</summary>
    /// <param name="step">Steps taken before.</param>
    void OnStart(long step)
    {
    }

    /// <summary>A batch was learnt from.</summary>
    void OnStep(StepReport report);

    /// <summary>A validation ended.</summary>
    void OnValidation(ValidationReport report);

    /// <summary>Something worth a line happened.</summary>
    void OnMessage(string message);
}

/// <summary>One batch.</summary>
/// <param name="Step">Optimiser steps taken so far; where gradients of several batches make a step, only the last one raises it.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Batch">From 1, within the epoch.</param>
/// <param name="Batches">Batches of an epoch.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="Losses">The losses by name; "loss" is their sum.</param>
public sealed record StepReport(long Step, int Epoch, int Epochs, int Batch, int Batches, double LearningRate,
    IReadOnlyDictionary<string, double> Losses);

/// <summary>One validation.</summary>
/// <param name="Step">Optimiser steps taken so far.</param>
/// <param name="Epoch">The epoch after which it was done, from 1.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Metrics">By name.</param>
/// <param name="MainMetric">The name of the one that counts.</param>
/// <param name="IsBest">Whether it is the best so far.</param>
public sealed record ValidationReport(long Step, int Epoch, int Epochs, IReadOnlyDictionary<string, double> Metrics, string MainMetric,
    bool IsBest);

/// <summary>How a run ended.</summary>
/// <param name="Steps">Steps taken in all.</param>
/// <param name="Best">The best value of the main metric, NaN when there was no validation.</param>
/// <param name="BestEpoch">The epoch that reached it, from 1; 0 when there was none.</param>
/// <param name="StoppedEarly">True when it stopped because nothing improved any more.</param>
public sealed record TrainingResult(long Steps, double Best, int BestEpoch, bool StoppedEarly);

/// <summary>A loss became infinite or not a number. The message names the pictures and the first layer that went bad.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
