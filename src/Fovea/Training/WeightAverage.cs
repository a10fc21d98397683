using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;

namespace Fovea.Training;

/// <summary>An exponential moving average of a model's weights, often better than the weights themselves.</summary>
/// <remarks>Polyak and Juditsky 1992; the decay rises as min(decay, (1 + n) / (10 + n)) over the first steps n, so that the random
/// start is soon forgotten. Buffers, such as batch norm's statistics, and parameters that are not trained are copied.</remarks>
public sealed class WeightAverage : IDisposable
{
    private readonly (string Name, Tensor Model, Tensor Average)[] _floats;
    private readonly (string Name, Tensor Model, Tensor Average)[] _copied;
    private readonly double _decay;

    /// <summary>Starts at the model's present weights.</summary>
    public WeightAverage(Module model, double decay)
    {
        _decay = decay;
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var parameters = model.NamedParameters().Where(p => p.Parameter.RequiresGrad).Select(p => p.Name).ToHashSet();
        (string, Tensor, Tensor)[] all =
            [.. model.StateDict().Select(entry => (entry.Name, entry.Value, entry.Value.Detach().Clone().Unscoped()))];
        _floats = [.. all.Where(entry => parameters.Contains(entry.Item1))];
        _copied = [.. all.Where(entry => !parameters.Contains(entry.Item1))];
    }

    /// <summary>The averaged state, by the model's names.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _floats.Concat(_copied).Select(entry => (entry.Name, entry.Average));

    /// <summary>Moves the average towards the model.</summary>
    /// <param name="step">Steps taken so far.</param>
    public void Update(long step)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        double decay = Math.Min(_decay, (1.0 + step) / (10 + step));
        foreach ((_, Tensor model, Tensor average) in _floats)
            average.MultiplyInPlace(decay).AddInPlace(model, 1 - decay);
        foreach ((_, Tensor model, Tensor average) in _copied) average.CopyInPlace(model);
    }

    /// <summary>Continues with a saved average.</summary>
    /// <exception cref="TensorFileException">A tensor is missing or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, StoredTensor> saved, string source)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        foreach ((string name, _, Tensor average) in _floats.Concat(_copied))
        {
            if (!saved.TryGetValue(name, out StoredTensor? stored) || !stored.Shape.SequenceEqual(average.Shape))
                throw new TensorFileException(source,
                    $"it holds no average of '{name}' with the shape [{string.Join(", ", average.Shape)}].");
            average.CopyInPlace(stored.ToTensor());
        }
    }

    /// <summary>Exchanges the model's weights and the average: before a validation, and back after it.</summary>
    public void Swap()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        foreach ((_, Tensor model, Tensor average) in _floats.Concat(_copied))
        {
            Tensor weights = model.Detach().Clone();
            model.CopyInPlace(average);
            average.CopyInPlace(weights);
        }
    }

    /// <summary>Releases the average.</summary>
    public void Dispose()
    {
        foreach ((_, _, Tensor average) in _floats.Concat(_copied)) average.Dispose();
    }
}
