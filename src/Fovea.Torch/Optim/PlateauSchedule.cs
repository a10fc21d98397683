namespace Fovea.Torch.Optim;

/// <summary>What a <see cref="PlateauSchedule"/> has seen: all that a resumed run needs.</summary>
/// <param name="Best">The best value so far; NaN before the first.</param>
/// <param name="BadCount">Values since then that were no better.</param>
/// <param name="CooldownLeft">Values that will not count as bad.</param>
/// <param name="Factor">What the rates have been multiplied by.</param>
public readonly record struct PlateauState(double Best, int BadCount, int CooldownLeft, double Factor);

/// <summary>Lowers the learning rate when a value, such as the validation loss, stops getting better.</summary>
public sealed class PlateauSchedule
{
    private readonly bool _higherIsBetter;
    private readonly double _gamma;
    private readonly int _patience;
    private readonly double _threshold;
    private readonly int _cooldown;

    /// <param name="higherIsBetter">True for an accuracy, false for a loss.</param>
    /// <param name="gamma">What the rate is multiplied by, above 0 and below 1.</param>
    /// <param name="patience">How many values in a row may be no better before the rate falls.</param>
    /// <param name="threshold">By what part of the best a value must better it, from 0.</param>
    /// <param name="cooldown">How many values after a fall do not count as bad.</param>
    public PlateauSchedule(bool higherIsBetter, double gamma = 0.1, int patience = 10, double threshold = 1e-4, int cooldown = 0)
    {
        if (gamma is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "The factor is above 0 and below 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(cooldown);
        if (!(threshold >= 0)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold is from 0.");
        (_higherIsBetter, _gamma, _patience, _threshold, _cooldown) = (higherIsBetter, gamma, patience, threshold, cooldown);
    }

    /// <summary>What it has seen. Set it to continue an interrupted run.</summary>
    public PlateauState State { get; set; } = new(double.NaN, 0, 0, 1);

    /// <summary>Takes the next value; NaN counts as no better.</summary>
    /// <returns>True when the rate falls.</returns>
    public bool Observe(double value)
    {
        (double best, int bad, int cooldown, double factor) = State;
        bool better = double.IsNaN(best) ? !double.IsNaN(value) : Betters(value, best);
        if (better) (best, bad) = (value, 0);
        else bad++;
        if (cooldown > 0) (cooldown, bad) = (cooldown - 1, 0);
        bool falls = bad > _patience;
        if (falls) (factor, cooldown, bad) = (factor * _gamma, _cooldown, 0);
        State = new PlateauState(best, bad, cooldown, factor);
        return falls;
    }

    /// <summary>Sets the learning rate of each group: its initial one times the factor, times that of another schedule if
    /// there is one.</summary>
    public void Apply(Optimizer optimizer, double factor = 1)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        foreach (ParameterGroup group in optimizer.Groups) group.LearningRate = group.InitialLearningRate * State.Factor * factor;
    }

    private bool Betters(double value, double best) =>
        _higherIsBetter ? value > best + _threshold * Math.Abs(best) : value < best - _threshold * Math.Abs(best);
}
