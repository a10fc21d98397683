namespace Fovea.Torch.Optim;

/// <summary>Parameters that are trained with one learning rate and one weight decay.</summary>
/// <example><code>
/// ParameterGroup[] groups = [new(backbone.NamedParameters("backbone."), learningRate: 0.002),
/// new(head.NamedParameters("head."), 0.02)];
/// </code></example>
public sealed class ParameterGroup
{
    private double _learningRate;

    /// <summary>A group of named parameters. The names are those under which an optimiser saves its state.</summary>
    /// <param name="parameters">Leaf tensors of floating point numbers that require gradients, with unique names.</param>
    /// <param name="learningRate">Not negative. Schedules multiply it.</param>
    /// <param name="weightDecay">Not negative.</param>
    /// <exception cref="ArgumentException">There are no parameters, or one cannot be trained.</exception>
    public ParameterGroup(IEnumerable<(string Name, Tensor Parameter)> parameters, double learningRate, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (!(learningRate >= 0) || double.IsInfinity(learningRate))
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "A learning rate is a finite number from 0.");
        if (!(weightDecay >= 0) || double.IsInfinity(weightDecay))
            throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, "A weight decay is a finite number from 0.");
        Parameters = [.. parameters];
        if (Parameters.Count == 0) throw new ArgumentException("A group needs at least one parameter.", nameof(parameters));
        foreach ((string name, Tensor parameter) in Parameters)
        {
            if (!parameter.IsLeaf || !parameter.RequiresGrad)
            {
                throw new ArgumentException(
                    $"'{name}', {parameter.Describe()}, is not a leaf that requires gradients and cannot be trained.", nameof(parameters));
            }
        }
        InitialLearningRate = _learningRate = learningRate;
        WeightDecay = weightDecay;
    }

    /// <summary>The parameters with their names.</summary>
    public IReadOnlyList<(string Name, Tensor Parameter)> Parameters { get; }

    /// <summary>The learning rate given at first.</summary>
    public double InitialLearningRate { get; }

    /// <summary>The learning rate of the next step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative or infinite number or NaN.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate is a finite number from 0.");
    }

    /// <summary>The group's share of a learning rate that is set for all groups: 1 for all of it.</summary>
    public double RateScale { get; init; } = 1;

    /// <summary>How strongly parameters are pulled towards zero. What it multiplies is the optimiser's to say.</summary>
    public double WeightDecay { get; }
}
