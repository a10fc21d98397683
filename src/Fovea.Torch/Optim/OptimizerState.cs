using Fovea.Torch.Serialization;

namespace Fovea.Torch.Optim;

/// <summary>The saved state of an optimiser while it is being read: tensors called <c>kind.parameter</c>, each of them the
/// parameter's shape or a number.</summary>
internal sealed class OptimizerState
{
    private readonly string _source;
    private readonly Dictionary<string, StoredTensor> _left;
    private readonly IReadOnlyDictionary<string, Tensor> _parameters;

    public OptimizerState(
        string source, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IReadOnlyDictionary<string, Tensor> parameters) =>
        (_source, _left, _parameters) = (source, tensors.ToDictionary(), parameters);

    /// <summary>The buffer of one kind for each parameter that has one, copied to the parameter's type and device.</summary>
    public Dictionary<string, Tensor> TakeBuffers(string kind)
    {
        var buffers = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor parameter) in _parameters)
        {
            if (!_left.Remove($"{kind}.{name}", out StoredTensor? stored)) continue;
            if (stored.DType != parameter.DType || !stored.Shape.SequenceEqual(parameter.Shape))
                throw Bad($"'{kind}.{name}' is {stored}, but the parameter {parameter.DType} {TensorExtent.Text(parameter.Shape)}.");
            using var scope = new TensorScope();
            buffers.Add(name, Tensor.Empty(stored.Shape, stored.DType, parameter.Device).CopyInPlace(stored.ToTensor()).Unscoped());
        }
        return buffers;
    }

    /// <summary>The whole number of one kind for each parameter that has one.</summary>
    public Dictionary<string, long> TakeNumbers(string kind)
    {
        var numbers = new Dictionary<string, long>();
        foreach (string name in _parameters.Keys)
        {
            if (!_left.Remove($"{kind}.{name}", out StoredTensor? stored)) continue;
            numbers.Add(name, stored is { DType: DType.Int64, ElementCount: 1 } && stored.ToArray<long>()[0] is >= 0 and var number
                ? number
                : throw Bad($"'{kind}.{name}' is {stored}; a count was expected."));
        }
        return numbers;
    }

    /// <summary>Refuses whatever has not been taken.</summary>
    public void RefuseTheRest()
    {
        if (_left.Count == 0)
            return;
        string keys = string.Join(", ", _left.Keys.Take(10).Select(key => Printable.Quote(key)));
        throw Bad($"it holds what this optimiser does not know: {keys}.");
    }

    public TensorFileException Bad(string problem) => new(_source, $"the optimiser's state does not fit: {problem}");
}
