namespace Fovea.Torch.Optim;

/// <summary>How <see cref="Sgd"/> uses momentum.</summary>
public sealed record SgdOptions
{
    private readonly double _momentum;
    private readonly double _dampening;

    /// <summary>How much of the last steps' direction is kept, 0 to below 1. Torchvision's detectors use 0.9.</summary>
    public double Momentum
    {
        get => _momentum;
        init => _momentum = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Momentum), value, "Momentum is from 0 to below 1.");
    }

    /// <summary>How much of the new gradient is held back, 0 to 1.</summary>
    public double Dampening
    {
        get => _dampening;
        init => _dampening = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Dampening), value, "Dampening is from 0 to 1.");
    }

    /// <summary>Look ahead along the momentum; needs momentum and no dampening.</summary>
    public bool Nesterov { get; init; }
}

/// <summary>Stochastic gradient descent with momentum, as PyTorch computes it.</summary>
/// <remarks>
/// With gradient g, parameter p, weight decay w, momentum m and dampening d: g += w p; b = m b + (1 - d) g, where the first b
/// is g; p -= lr b, or with
/// Nesterov p -= lr (g + m b). Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in deep
/// learning" (ICML 2013),
/// section 2, except that the learning rate multiplies the whole velocity. State: <c>momentum_buffer</c>.
/// </remarks>
public sealed class Sgd : Optimizer
{
    private const string BufferKind = "momentum_buffer";

    private readonly SgdOptions _options;
    private Dictionary<string, Tensor> _buffers = [];

    /// <summary>An optimiser of some groups.</summary>
    /// <exception cref="ArgumentException">The groups share parameters, or Nesterov lacks momentum or has dampening.</exception>
    public Sgd(IEnumerable<ParameterGroup> groups, SgdOptions? options = null) : base(groups)
    {
        _options = options ?? new SgdOptions();
        if (_options.Nesterov && (_options.Momentum == 0 || _options.Dampening != 0))
            throw new ArgumentException("Nesterov momentum needs a momentum above 0 and a dampening of 0.", nameof(options));
    }

    private protected override void Update(ParameterGroup group, string[] names, Tensor[] parameters, Tensor[] gradients)
    {
        if (_options.Momentum == 0)
        {
            Plain(group, parameters, gradients);
            return;
        }
        int[] fresh = [.. Enumerable.Range(0, names.Length).Where(i => !_buffers.ContainsKey(names[i]))];
        if (fresh.Length > 0)
        {
            Start(group, Pick(names, fresh), Pick(parameters, fresh), Pick(gradients, fresh));
            int[] old = [.. Enumerable.Range(0, names.Length).Except(fresh)];
            (names, parameters, gradients) = (Pick(names, old), Pick(parameters, old), Pick(gradients, old));
        }
        if (names.Length > 0) Continue(group, parameters, gradients, [.. names.Select(name => _buffers[name])]);
    }

    private static void Plain(ParameterGroup group, Tensor[] parameters, Tensor[] gradients)
    {
        if (CpuPass.Accepts(parameters, gradients)) CpuPass.Sgd(parameters, gradients, group.LearningRate, group.WeightDecay);
        else Foreach.Add(parameters, Directions(group, parameters, gradients), -group.LearningRate);
    }

    /// <summary>The first step of a parameter, undamped: its direction becomes its buffer.</summary>
    private void Start(ParameterGroup group, string[] names, Tensor[] parameters, Tensor[] gradients)
    {
        Tensor[] directions = Directions(group, parameters, gradients);
        Tensor[] buffers = [.. directions.Select(direction => direction.Clone().Unscoped())];
        for (int i = 0; i < names.Length; i++) _buffers.Add(names[i], buffers[i]);
        Foreach.Add(parameters, _options.Nesterov ? Foreach.Sum(directions, buffers, _options.Momentum) : buffers, -group.LearningRate);
    }

    private void Continue(ParameterGroup group, Tensor[] parameters, Tensor[] gradients, Tensor[] buffers)
    {
        double keep = 1 - _options.Dampening;
        if (CpuPass.Accepts(parameters, gradients, buffers))
        {
            CpuPass.Momentum(parameters, gradients, buffers,
                group.LearningRate, group.WeightDecay, _options.Momentum, keep, _options.Nesterov);
            return;
        }
        Tensor[] directions = Directions(group, parameters, gradients);
        Foreach.Multiply(buffers, _options.Momentum);
        Foreach.Add(buffers, directions, keep);
        Foreach.Add(parameters, _options.Nesterov ? Foreach.Sum(directions, buffers, _options.Momentum) : buffers, -group.LearningRate);
    }

    private static Tensor[] Directions(ParameterGroup group, Tensor[] parameters, Tensor[] gradients) =>
        group.WeightDecay == 0 ? gradients : Foreach.Sum(gradients, parameters, group.WeightDecay);

    private static T[] Pick<T>(T[] items, int[] places) => [.. places.Select(i => items[i])];

    private protected override IEnumerable<(string Name, Tensor Value)> State() =>
        _buffers.Select(pair => ($"{BufferKind}.{pair.Key}", pair.Value));

    private protected override void Restore(OptimizerState state)
    {
        Dictionary<string, Tensor> buffers = state.TakeBuffers(BufferKind);
        state.RefuseTheRest();
        Forget();
        _buffers = buffers;
    }

    private protected override void Forget()
    {
        foreach (Tensor buffer in _buffers.Values) buffer.Dispose();
        _buffers = [];
    }
}
