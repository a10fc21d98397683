using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>What pyramid pooling takes from each window.</summary>
public enum PyramidPoolingKind
{
    /// <summary>The mean: "AVE" in the paper.</summary>
    Average,
    /// <summary>The largest number: "MAX".</summary>
    Max,
}

/// <summary>Pyramid pooling module: a map next to what its coarse grids of windows hold, so that every pixel knows the whole scene, its
/// halves, thirds and sixths.</summary>
/// <remarks>Zhao, Shi, Qi, Wang, Jia: "Pyramid Scene Parsing Network" (CVPR 2017), section 3.2, figure 3. Each level pools the map into
/// bins x bins windows, reduces its channels by a 1x1 convolution with batch norm and ReLU where that is wanted, and is enlarged bilinearly.
/// Windows of a map whose sides are no multiples of the bins overlap by a pixel, as PyTorch's adaptive pooling has them; a map smaller than
/// the grid is repeated.</remarks>
public sealed class PyramidPooling : Layer
{
    private static readonly Operator AdaptiveMaxPool2d = new("aten::adaptive_max_pool2d");

    private readonly int[] _bins;
    private readonly PyramidPoolingKind _kind;
    private readonly ModuleList<ConvNormActivation>? _levels;

    /// <summary>A pyramid over a map.</summary>
    /// <param name="channels">C of the map.</param>
    /// <param name="bins">Windows in each direction, level by level: 1, 2, 3 and 6 in the paper.</param>
    /// <param name="kind">What is taken from each window.</param>
    /// <param name="reduceTo">Channels that a level is reduced to: C over the number of levels in the paper. Null keeps all of them, and
    /// then there is nothing to learn.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">There is no level, or one has no window.</exception>
    public PyramidPooling(long channels, IReadOnlyList<int> bins, PyramidPoolingKind kind = PyramidPoolingKind.Average, long? reduceTo = null,
        Generator? generator = null)
    {
        if (bins.Count == 0 || bins.Any(count => count < 1))
            throw new ArgumentException($"Bins [{string.Join(", ", bins)}] arrived: one or more numbers from 1 on were expected, such as " +
                "[1, 2, 3, 6].", nameof(bins));
        (_bins, _kind) = ([.. bins], kind);
        OutChannels = channels + bins.Count * (reduceTo ?? channels);
        if (reduceTo is { } reduced)
            _levels = Child("levels", new ModuleList<ConvNormActivation>(bins.Select(_ =>
                new ConvNormActivation(channels, reduced, 1, 1, c => new BatchNorm2d(c), generator: generator))));
    }

    /// <summary>Channels of the result.</summary>
    public long OutChannels { get; }

    /// <summary>N x C x H x W to N x out x H x W: the map itself first, then the levels.</summary>
    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        var views = new Tensor[_bins.Length + 1];
        views[0] = input;
        for (int level = 0; level < _bins.Length; level++) views[level + 1] = Level(level, input);
        return scope.Keep(Tensor.Cat(views, 1).ChannelsLast());
    }

    private Tensor Level(int level, Tensor input)
    {
        using var scope = new TensorScope();
        int bins = _bins[level];
        Tensor pooled = _kind == PyramidPoolingKind.Max
            ? AdaptiveMaxPool2d.Call2(input, (long[])[bins, bins]).Item1
            : Functional.AdaptiveAvgPool2d(input, bins, bins);                                      // N,C,bins,bins
        if (_levels is not null) pooled = _levels[level].Forward(pooled);                           // N,reduced,bins,bins
        return scope.Keep(Functional.ResizeBilinear(pooled, input.Size(2), input.Size(3)));
    }
}
