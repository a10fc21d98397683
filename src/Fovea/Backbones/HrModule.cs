using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Residual blocks at each resolution, and then each resolution the sum of all (Wang et al. 2021, section 3,
/// figure 3).</summary>
internal sealed class HrModule : Module
{
    private readonly ModuleList<Sequential> _branches;
    private readonly Layer?[][] _exchange;              // [to][from]
    private readonly bool _bilinear;

    public HrModule(long[] channels, HrNetDesign design, BackboneOptions options, Generator? generator)
    {
        _bilinear = design.Bilinear;
        BasicBlock Block(long width) => new(new BlockShape(width, width, 1, 1, 1), options, generator);
        Layer? Path(int from, int to) => Exchange(channels, from, to, options, generator);
        _branches = Child("branches", new ModuleList<Sequential>(channels.Select(width =>
            new Sequential([.. Enumerable.Range(0, design.Blocks).Select(_ => Block(width))]))));
        _exchange = [.. channels.Select((_, to) => channels.Select((_, from) => Path(from, to)).ToArray())];
        Child("fuse_layers", new HrNames(_exchange.Select(layers => new HrNames(layers))));
    }

    /// <summary>The maps of all resolutions, from fine to coarse, to maps of the same shapes.</summary>
    public Tensor[] Forward(Tensor[] maps)
    {
        using var scope = new TensorScope();
        Tensor[] inputs = [.. maps.Zip(_branches, (map, branch) => branch.Forward(map))];
        return scope.Keep([.. inputs.Select((_, to) => Sum(inputs, to))]);
    }

    /// <summary>A bottleneck block that makes 4 x width channels.</summary>
    public static BottleneckBlock Bottleneck(long channels, long width, BackboneOptions options, Generator? generator) =>
        new(new BlockShape(channels, width, 1, 1, 1), width, options, generator);

    private Tensor Sum(Tensor[] inputs, int to)
    {
        using var scope = new TensorScope();
        // The first sum is a new tensor: the branches' outputs are needed as they are.
        Tensor sum = Term(inputs, 0, to) + Term(inputs, 1, to);
        for (int from = 2; from < inputs.Length; from++) sum.AddInPlace(Term(inputs, from, to));
        return scope.Keep(sum.ReluInPlace());
    }

    private Tensor Term(Tensor[] inputs, int from, int to)
    {
        Tensor x = _exchange[to][from]?.Forward(inputs[from]) ?? inputs[from];
        if (from <= to) return x;
        (long height, long width) = (inputs[to].Size(2), inputs[to].Size(3));
        return _bilinear ? Functional.ResizeBilinear(x, height, width) : Functional.ResizeNearest(x, height, width);
    }

    // Finer: 1x1, enlarged by the caller. Coarser: one 3x3 convolution of stride 2 after the other, of which the last changes channels.
    private static Layer? Exchange(long[] channels, int from, int to, BackboneOptions options, Generator? generator)
    {
        if (from == to) return null;
        if (from > to) return Convolution(channels[from], channels[to], 1, 1, options, generator, Activation.None);
        return new Sequential([.. Enumerable.Range(from + 1, to - from).Select(step => step == to
            ? Convolution(channels[from], channels[to], 3, 2, options, generator, Activation.None)
            : Convolution(channels[from], channels[from], 3, 2, options, generator))]);
    }

    internal static ConvNormActivation Convolution(long channels, long width, long kernel, long stride, BackboneOptions options,
        Generator? generator, Activation activation = Activation.Relu) =>
        new(channels, width, kernel, stride, count => options.Norm(count), activation, generator: generator);
}

/// <summary>The way from one stage's resolutions to the next one's, which has one more (Wang et al. 2021, section 3).</summary>
internal sealed class HrTransition : Module
{
    private readonly Layer?[] _layers;

    public HrTransition(long[] channels, long[] next, BackboneOptions options, Generator? generator)
    {
        _layers = new Layer?[next.Length];
        for (int i = 0; i < next.Length; i++)
        {
            if (i >= channels.Length) _layers[i] = new Sequential(HrModule.Convolution(channels[^1], next[i], 3, 2, options, generator));
            else if (channels[i] != next[i]) _layers[i] = HrModule.Convolution(channels[i], next[i], 3, 1, options, generator);
            if (_layers[i] is { } layer) Child($"{i}", layer);
        }
    }

    /// <summary>The maps of all resolutions to those and one more, half as large as the coarsest.</summary>
    public Tensor[] Forward(Tensor[] maps) => [.. _layers.Select((layer, i) =>
    {
        Tensor map = maps[Math.Min(i, maps.Length - 1)];
        return layer?.Forward(map) ?? map;
    })];
}

/// <summary>Modules named by their places, some of which may be empty.</summary>
internal sealed class HrNames : Module
{
    public HrNames(IEnumerable<Module?> modules)
    {
        foreach ((int place, Module? module) in modules.Index())
            if (module is not null) Child($"{place}", module);
    }
}
