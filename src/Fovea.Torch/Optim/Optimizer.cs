using Fovea.Torch.Serialization;

namespace Fovea.Torch.Optim;

/// <summary>Changes parameters by their gradients, step by step. Its state can be saved and restored exactly.</summary>
/// <remarks>Parameters without a gradient are left alone in that step, their state too. Not safe for use by several
/// threads.</remarks>
public abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters = [];

    /// <summary>An optimiser of some groups.</summary>
    /// <exception cref="ArgumentException">There are no groups, or a name or a tensor appears twice.</exception>
    private protected Optimizer(IEnumerable<ParameterGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Groups = [.. groups];
        if (Groups.Count == 0)
            throw new ArgumentException("An optimiser needs at least one group of parameters.", nameof(groups));
        var tensors = new HashSet<Tensor>();
        foreach ((string name, Tensor parameter) in Groups.SelectMany(group => group.Parameters))
        {
            if (!_parameters.TryAdd(name, parameter))
                throw new ArgumentException($"Two parameters are called '{name}'.", nameof(groups));
            if (!tensors.Add(parameter))
                throw new ArgumentException($"Parameter '{name}' appears in the groups twice.", nameof(groups));
        }
    }

    /// <summary>The groups, as given; their learning rates may be changed between steps.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Changes each parameter by its gradient.</summary>
    public void Step()
    {
        using var noGrad = new NoGrad();
        foreach (ParameterGroup group in Groups)
        {
            using var scope = new TensorScope();
            var names = new List<string>();
            var values = new List<Tensor>();
            var gradients = new List<Tensor>();
            foreach ((string name, Tensor parameter) in group.Parameters)
            {
                if (parameter.Grad is not { } gradient) continue;
                names.Add(name);
                values.Add(parameter);
                gradients.Add(gradient);
            }
            if (names.Count > 0) Update(group, [.. names], [.. values], [.. gradients]);
        }
    }

    /// <summary>Clears the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in _parameters.Values) parameter.Grad = null;
    }

    /// <summary>
    /// Everything that the next steps depend on besides parameters and gradients: for each parameter what the optimiser
    /// remembers of it, as
    /// <c>what.name</c>, and the learning rate of each group, as <c>learning_rate.index</c>. Numbers come as new scalar tensors.
    /// </summary>
    public IEnumerable<(string Name, Tensor Value)> StateDict()
    {
        foreach ((string name, Tensor value) in State()) yield return (name, value);
        for (int i = 0; i < Groups.Count; i++) yield return ($"{RatePrefix}{i}", Tensor.Scalar(Groups[i].LearningRate, DType.Float64));
    }

    /// <summary>Continues where <see cref="StateDict"/> was taken.</summary>
    /// <param name="tensors">The state by name, and nothing else.</param>
    /// <param name="source">What it comes from, for messages: usually the path.</param>
    /// <exception cref="TensorFileException">The state is not of this kind of optimiser with these groups and parameters; then
    /// nothing was changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, StoredTensor> tensors, string source)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var rates = new double[Groups.Count];
        for (int i = 0; i < rates.Length; i++)
        {
            rates[i] = tensors.TryGetValue($"{RatePrefix}{i}", out StoredTensor? rate) &&
                rate is { DType: DType.Float64, ElementCount: 1 } &&
                rate.ToArray<double>()[0] is >= 0 and < double.PositiveInfinity and var value
                ? value
                : throw new TensorFileException(source,
                    $"the optimiser's state lacks a usable learning rate for group {i} of {rates.Length}.");
        }
        var rest = tensors.Where(pair => !pair.Key.StartsWith(RatePrefix, StringComparison.Ordinal));
        using (new NoGrad()) Restore(new OptimizerState(source, rest, _parameters));
        for (int i = 0; i < rates.Length; i++) Groups[i].LearningRate = rates[i];
    }

    /// <summary>Releases what the optimiser remembers; the parameters are not its own.</summary>
    public void Dispose()
    {
        Forget();
        GC.SuppressFinalize(this);
    }

    /// <summary>One step of one group. Recording is off, and a scope is open.</summary>
    private protected abstract void Update(ParameterGroup group, string[] names, Tensor[] parameters, Tensor[] gradients);

    private protected abstract IEnumerable<(string Name, Tensor Value)> State();

    /// <summary>Replaces all that is remembered; on an error, changes nothing.</summary>
    private protected abstract void Restore(OptimizerState state);

    private protected abstract void Forget();

    private const string RatePrefix = "learning_rate.";
}
