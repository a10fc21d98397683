namespace Fovea.Torch.Optim;

/// <summary>How <see cref="Adam"/> averages.</summary>
public sealed record AdamOptions
{
    private readonly double _beta1 = 0.9;
    private readonly double _beta2 = 0.999;
    private readonly double _epsilon = 1e-8;

    /// <summary>Weight of the past in the mean of the gradient, 0 to below 1. The paper's default is 0.9.</summary>
    public double Beta1
    {
        get => _beta1;
        init => _beta1 = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Beta1), value, "Beta1 is from 0 to below 1.");
    }

    /// <summary>Weight of the past in the mean of its square, 0 to below 1. The paper's default is 0.999.</summary>
    public double Beta2
    {
        get => _beta2;
        init => _beta2 = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Beta2), value, "Beta2 is from 0 to below 1.");
    }

    /// <summary>Added to the root, so that it can divide. The paper's default is 1e-8.</summary>
    public double Epsilon
    {
        get => _epsilon;
        init => _epsilon = value is > 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, "Epsilon is above 0.");
    }
}

/// <summary>Adam, and AdamW where <c>decoupled</c>: steps of about the learning rate, whatever the gradients' scale.</summary>
/// <remarks>
/// Kingma and Ba: "Adam: A Method for Stochastic Optimization" (ICLR 2015), algorithm 1, as PyTorch computes it: the means m
/// of the gradient and v of its
/// square, p -= lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon). State: <c>exp_avg</c>, <c>exp_avg_sq</c>,
/// <c>step</c>.
/// </remarks>
public class Adam : Optimizer
{
    private const string MeanKind = "exp_avg", SquareKind = "exp_avg_sq", StepKind = "step";

    private readonly AdamOptions _options;
    private readonly bool _decoupled;
    private Dictionary<string, Tensor> _means = [];
    private Dictionary<string, Tensor> _squares = [];
    private Dictionary<string, long> _steps = [];

    /// <summary>An optimiser of some groups. Weight decay is added to the gradient.</summary>
    /// <exception cref="ArgumentException">The groups share parameters.</exception>
    public Adam(IEnumerable<ParameterGroup> groups, AdamOptions? options = null) : this(groups, options, decoupled: false) { }

    private protected Adam(IEnumerable<ParameterGroup> groups, AdamOptions? options, bool decoupled) : base(groups) =>
        (_options, _decoupled) = (options ?? new AdamOptions(), decoupled);

    private protected override void Update(ParameterGroup group, string[] names, Tensor[] parameters, Tensor[] gradients)
    {
        foreach (string name in names) _steps[name] = _steps.GetValueOrDefault(name) + 1;
        // Parameters that missed steps have corrections of their own; usually there is one group here.
        foreach (IGrouping<long, int> same in Enumerable.Range(0, names.Length).GroupBy(i => _steps[names[i]]))
        {
            int[] which = [.. same];
            UpdateAtStep(group, same.Key,
                [.. which.Select(i => names[i])], [.. which.Select(i => parameters[i])], [.. which.Select(i => gradients[i])]);
        }
    }

    private void UpdateAtStep(ParameterGroup group, long step, string[] names, Tensor[] parameters, Tensor[] gradients)
    {
        Tensor[] means = Buffers(_means, names, parameters), squares = Buffers(_squares, names, parameters);
        double rootCorrection = Math.Sqrt(1 - Math.Pow(_options.Beta2, step));
        double stepSize = group.LearningRate / (1 - Math.Pow(_options.Beta1, step));
        if (CpuPass.Accepts(parameters, gradients, means, squares))
        {
            CpuPass.Adam(parameters, gradients, means, squares, new CpuPass.AdamFactors(
                _decoupled ? 1 - group.LearningRate * group.WeightDecay : 1, _decoupled ? 0 : group.WeightDecay,
                _options.Beta1, _options.Beta2, rootCorrection, _options.Epsilon, stepSize));
            return;
        }
        if (group.WeightDecay != 0)
        {
            if (_decoupled) Foreach.Multiply(parameters, 1 - group.LearningRate * group.WeightDecay);
            else gradients = Foreach.Sum(gradients, parameters, group.WeightDecay);
        }
        Foreach.Multiply(means, _options.Beta1);
        Foreach.Add(means, gradients, 1 - _options.Beta1);
        Foreach.Multiply(squares, _options.Beta2);
        Foreach.AddProducts(squares, gradients, gradients, 1 - _options.Beta2);

        Tensor[] denominators = Foreach.Sqrt(squares);
        Foreach.Divide(denominators, rootCorrection);
        Foreach.Add(denominators, _options.Epsilon);
        Foreach.AddQuotients(parameters, means, denominators, -stepSize);
    }

    private static Tensor[] Buffers(Dictionary<string, Tensor> buffers, string[] names, Tensor[] parameters)
    {
        var chosen = new Tensor[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            if (!buffers.TryGetValue(names[i], out Tensor? buffer))
                buffers.Add(names[i], buffer = Tensor.Zeros(parameters[i].Shape, parameters[i].DType, parameters[i].Device).Unscoped());
            chosen[i] = buffer;
        }
        return chosen;
    }

    private protected override IEnumerable<(string Name, Tensor Value)> State()
    {
        foreach ((string name, long step) in _steps)
        {
            yield return ($"{MeanKind}.{name}", _means[name]);
            yield return ($"{SquareKind}.{name}", _squares[name]);
            yield return ($"{StepKind}.{name}", Tensor.From<long>([step]));
        }
    }

    private protected override void Restore(OptimizerState state)
    {
        Dictionary<string, long> steps = state.TakeNumbers(StepKind);
        Dictionary<string, Tensor> means = state.TakeBuffers(MeanKind), squares = state.TakeBuffers(SquareKind);
        state.RefuseTheRest();
        if (!steps.Keys.ToHashSet().SetEquals(means.Keys) || !steps.Keys.ToHashSet().SetEquals(squares.Keys))
        {
            throw state.Bad($"there are {steps.Count} steps, {means.Count} means and {squares.Count} squares; " +
                "each parameter has all three or none.");
        }
        Forget();
        (_means, _squares, _steps) = (means, squares, steps);
    }

    private protected override void Forget()
    {
        foreach (Tensor buffer in _means.Values.Concat(_squares.Values)) buffer.Dispose();
        (_means, _squares, _steps) = ([], [], []);
    }
}

/// <summary>AdamW: Adam whose weight decay shrinks the parameters directly, by lr times the decay, instead of joining the
/// gradient.</summary>
/// <remarks>Loshchilov and Hutter: "Decoupled Weight Decay Regularization" (ICLR 2019), algorithm 2.</remarks>
public sealed class AdamW : Adam
{
    /// <summary>An optimiser of some groups.</summary>
    /// <exception cref="ArgumentException">The groups share parameters.</exception>
    public AdamW(IEnumerable<ParameterGroup> groups, AdamOptions? options = null) : base(groups, options, decoupled: true) { }
}
