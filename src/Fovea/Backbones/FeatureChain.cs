using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>One layer of a <see cref="FeatureChain"/>.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Channels">Channels that it gives.</param>
/// <param name="Step">Its stride as the paper has it, also where dilation stands in its place.</param>
/// <param name="Stride">Pixels of the picture to a pixel of what it gives.</param>
internal readonly record struct ChainLink(Layer Layer, long Channels, int Step, int Stride);

/// <summary>A network that is one row of layers, named 0, 1, 2, ... as torchvision's "features", some of which give maps.</summary>
internal sealed class FeatureChain : Module
{
    private readonly Layer[] _layers;
    private readonly bool[] _gives;
    private readonly int _mapCount;

    /// <summary>A row of layers.</summary>
    /// <param name="links">The layers.</param>
    /// <param name="maps">Positions of those that give maps, in order; null for the last one at each stride above 2.</param>
    /// <exception cref="ArgumentException">The positions are not in order, or there is no such layer.</exception>
    public FeatureChain(IReadOnlyList<ChainLink> links, IReadOnlyList<int>? maps)
    {
        _layers = [.. links.Select((link, i) => Child(i.ToString(), link.Layer))];
        _gives = new bool[links.Count];
        if (maps is not null) ExpectInOrder(maps, links.Count);
        var stages = new List<BackboneStage>();
        for (int i = 0, first = 0, stride = 1; i < links.Count; i++)
        {
            stride *= links[i].Step;                              // the paper's, without dilation
            bool last = i == links.Count - 1, endsStride = last || links[i + 1].Step > 1;
            _gives[i] = maps is null ? endsStride && stride > 2 : maps.Contains(i);
            if (!_gives[i] && !last && (maps is not null || !endsStride)) continue;
            string name = _gives[i] ? $"stage{++_mapCount}" : _mapCount == 0 ? "stem" : "rest";
            stages.Add(new BackboneStage(name, [.. Enumerable.Range(first, i + 1 - first).Select(k => $"features.{k}.")],
                links[i].Channels, links[i].Stride, _gives[i]));
            first = i + 1;
        }
        Stages = stages;
    }

    /// <summary>The layers cut behind each one that gives a map.</summary>
    public IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>N x 3 x H x W to the maps.</summary>
    public Tensor[] Maps(Tensor images)
    {
        using var scope = new TensorScope();
        var maps = new Tensor[_mapCount];
        Tensor x = images.ChannelsLast();
        for (int i = 0, given = 0; i < _layers.Length && given < maps.Length; i++)
        {
            Tensor output = _layers[i].Forward(x);
            if (i == 0 || !_gives[i - 1]) scope.Release(x);       // the next layer has its own
            x = output;
            if (_gives[i]) maps[given++] = x;
        }
        return scope.Keep(maps);
    }

    /// <summary>N x 3 x H x W to what the last layer gives, N x C x H/stride x W/stride, and its mean over all pixels: N x C.</summary>
    public Tensor Pooled(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor x = images.ChannelsLast();
        foreach (Layer layer in _layers)
        {
            Tensor output = layer.Forward(x);
            scope.Release(x);
            x = output;
        }
        return scope.Keep(x.Mean([2, 3]));
    }

    private static void ExpectInOrder(IReadOnlyList<int> maps, int count)
    {
        if (maps.Count == 0 || maps[0] < 0 || maps[^1] >= count || maps.Zip(maps.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException($"Maps of layers [{string.Join(", ", maps)}] were asked for: " +
                $"rising positions from 0 to {count - 1} were expected.", nameof(maps));
    }
}
