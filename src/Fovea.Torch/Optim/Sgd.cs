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
        init => _momentum = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Momentum), value, "Momentum is from 0 to below 1.");
    }

    /// <summary>How much of the new gradient is held back, 0 to 1.</summary>
    public double Dampening
    {
        get => _dampening;
        init => _dampening = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Dampening), value, "Dampening is from 0 to 1.");
    }

    /// <summary>Look ahead along the momentum; needs momentum and no dampening.</summary>
    public bool Nesterov { get; init; }
}

/// <summary>Stochastic gradient descent with momentum, as PyTorch computes it.</summary>
/// <remarks>
/// With gradient g, parameter p, weight decay w, momentum m and dampening d: g += w p; b = m b + (1 - d) g, where the first b is g; p -= lr b, or with
/// Nesterov p -= lr (g + m b). Sutskever, Martens, Dahl, Hinton: "On the importance of initialization and momentum in deep learning" (ICML 2013),
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
        Tensor[] directions = group.WeightDecay == 0 ? gradients : Foreach.Sum(gradients, parameters, group.WeightDecay);
        if (_options.Momentum != 0)
        {
            Tensor[] buffers = Accumulate(names, directions);
            directions = _options.Nesterov ? Foreach.Sum(directions, buffers, _options.Momentum) : buffers;
        }
        Foreach.Add(parameters, directions, -group.LearningRate);
    }

    /// <summary>Moves the buffers towards the directions; a parameter's first buffer is its first direction.</summary>
    private Tensor[] Accumulate(string[] names, Tensor[] directions)
    {
        var known = new List<Tensor>(names.Length);
        var news = new List<Tensor>(names.Length);
        var buffers = new Tensor[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            if (_buffers.TryGetValue(names[i], out Tensor? buffer))
            {
                known.Add(buffer);
                news.Add(directions[i]);
            }
            else
            {
                _buffers.Add(names[i], buffer = directions[i].Clone().Unscoped());
            }
            buffers[i] = buffer;
        }
        if (known.Count > 0)
        {
            Foreach.Multiply([.. known], _options.Momentum);
            Foreach.Add([.. known], [.. news], 1 - _options.Dampening);
        }
        return buffers;
    }

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
