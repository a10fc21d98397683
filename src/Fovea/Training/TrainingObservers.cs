namespace Fovea.Training;

/// <summary>Several observers as one: each is told everything, in their order.</summary>
/// <param name="observers">The observers; they stay the caller's.</param>
public sealed class TrainingObservers(params ITrainingObserver[] observers) : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnStart(long step)
    {
        foreach (ITrainingObserver observer in observers) observer.OnStart(step);
    }

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        foreach (ITrainingObserver observer in observers) observer.OnStep(report);
    }

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
        foreach (ITrainingObserver observer in observers) observer.OnValidation(report);
    }

    /// <inheritdoc/>
    public void OnMessage(string message)
    {
        foreach (ITrainingObserver observer in observers) observer.OnMessage(message);
    }
}
