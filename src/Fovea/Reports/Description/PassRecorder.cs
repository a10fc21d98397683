using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Reports.Description;

/// <summary>Follows every tensor of a pass through a network from operator to operator: which part of the picture it sees, and which
/// parameters went into it that no listed layer has used yet.</summary>
/// <remarks>A tensor that comes from somewhere else, such as regions cut out in C#, counts as seeing what the tensor saw that has seen
/// most so far.</remarks>
internal sealed class PassRecorder
{
    private readonly Dictionary<Tensor, Origin> _origins = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Tensor> _unused = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Module, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Layer> _entered = new(ReferenceEqualityComparer.Instance);
    private readonly List<LayerDescription> _layers = [];
    private Sight _most = Sight.Pixel;

    public PassRecorder(Module model, Tensor input)
    {
        foreach ((string name, Module module) in model.NamedModules()) _names.TryAdd(module, name);
        foreach (Tensor parameter in model.Parameters()) _unused.Add(parameter);
        _origins[input] = new Origin(Sight.Pixel, []);
        _layers.Add(Describe("", "picture", input.Shape, input, Sight.Pixel));
    }

    public IReadOnlyList<LayerDescription> Layers => _layers;

    public long UnusedParameters => _unused.Sum(parameter => parameter.Numel);

    /// <summary>To be told of every operator.</summary>
    public void Record(OperatorCall call)
    {
        OperatorRule? rule = OperatorRule.Of(call);
        Tensor[] sources = [.. call.Tensors];
        if (sources.Length == 0) return;
        Origin[] known = [.. sources.Select(source => _origins.GetValueOrDefault(source)).OfType<Origin>()];
        Sight? seen = known.Aggregate(
            (Sight?)null, (all, origin) => all is { } a && origin.Sight is { } b ? a.Join(b) : all ?? origin.Sight);
        HashSet<Tensor> carried = [.. known.SelectMany(origin => origin.Parameters).Concat(sources).Where(_unused.Contains)];

        bool isLayer = rule is not null && !rule.InPlace && call.Results is [{ } result, ..] && IsListed(rule, sources[0], result, seen);
        Sight? sight = seen ?? (isLayer ? _most : null);
        if (sight is { } s)
        {
            if (Layer.Current is { } layer && _entered.Add(layer)) s = Enter(layer, s);
            s = rule is null ? OperatorRule.Moved(call, s) : rule.Sees(call, s);
            sight = s;
            if (rule is not null) _most = _most.Join(s);
            if (rule is not null && (isLayer || carried.Count > 0)) List(rule, call, s, carried);
        }
        foreach (Tensor made in call.Results.Count > 0 ? call.Results : sources[..1]) _origins[made] = new Origin(sight, carried);
    }

    /// <summary>To be told of every layer that ends.</summary>
    public void Leave(Layer layer, Tensor input, Tensor output) => _entered.Remove(layer);

    /// <summary>What layers do that their operators do not show.</summary>
    private static Sight Enter(Layer layer, Sight sight) => layer switch
    {
        PatchMerging => sight.Window([2], [2]),
        TokenMlp => sight.Everywhere(),
        _ => sight,
    };

    /// <summary>Whether a row is due: inside the network's layers for tokens and maps, outside of them for maps and what has
    /// weights.</summary>
    private static bool IsListed(OperatorRule rule, Tensor source, Tensor result, Sight? seen)
    {
        if (seen is null && rule.MultiplyAdds is null) return false;
        int least = Layer.Current is null && rule.MultiplyAdds is null ? Math.Max(rule.LeastDimensions, 4) : rule.LeastDimensions;
        return Math.Max(result.Dim, source.Dim) >= least;
    }

    private void List(OperatorRule rule, OperatorCall call, Sight sight, HashSet<Tensor> parameters)
    {
        string name = Layer.Current is { } layer && _names.TryGetValue(layer, out string? found) ? found : "";
        Tensor result = call.Results.Count > 0 ? call.Results[0] : call.Tensors.First();
        LayerDescription row = Describe(name, rule.Kind(call), result.Shape, result, sight);
        if (rule.InPlace) row = row with { Activations = 0, Bytes = 0 };
        long weights = parameters.Sum(parameter => parameter.Numel);
        _layers.Add(row with { Parameters = weights, MultiplyAdds = rule.MultiplyAdds?.Invoke(call) ?? 0 });
        foreach (Tensor parameter in parameters) _unused.Remove(parameter);
        parameters.Clear();
    }

    private static LayerDescription Describe(string name, string kind, long[] shape, Tensor tensor, Sight sight) => new()
    {
        Name = name, Kind = kind, Output = shape is [1, _, ..] ? shape[1..] : shape,
        Activations = tensor.Numel, Bytes = tensor.Numel * tensor.DType.ElementSize(), Parameters = 0, MultiplyAdds = 0,
        Vertical = sight.Vertical, Horizontal = sight.Horizontal,
    };

    /// <summary>Where a tensor comes from: what it sees, null where it is made of weights and constants alone, and the parameters that it
    /// carries.</summary>
    private sealed record Origin(Sight? Sight, IReadOnlyCollection<Tensor> Parameters);
}
