using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>The sizes of an <see cref="Hourglass"/> network.</summary>
/// <param name="Stem">Channels after the first convolution.</param>
/// <param name="Widths">Channels at the network's own resolution, a quarter of the picture's, and at each half of it.</param>
/// <param name="Blocks">Residual blocks on each way at each of these resolutions.</param>
/// <param name="Stacks">Hourglasses one after the other.</param>
public sealed record HourglassDesign(int Stem, IReadOnlyList<int> Widths, IReadOnlyList<int> Blocks, int Stacks = 2)
{
    /// <summary>Hourglass-104 (Law and Deng 2018, section 3.6).</summary>
    public static HourglassDesign Hourglass104 { get; } = new(128, [256, 256, 384, 384, 384, 512], [2, 2, 2, 2, 2, 4]);

    /// <summary>Two narrow hourglasses of three halvings, for two processor cores.</summary>
    public static HourglassDesign Small { get; } = new(32, [48, 64, 96, 128], [1, 1, 1, 2]);

    /// <summary>Pixels of the picture to a pixel of the coarsest map.</summary>
    public int Divisor => Hourglass.Stride << (Widths.Count - 1);
}

/// <summary>Stacked hourglasses: networks that look at a picture at ever coarser resolutions and back at the finest one, one after the
/// other.</summary>
/// <remarks>Newell, Yang, Deng: "Stacked Hourglass Networks for Human Pose Estimation" (ECCV 2016), as changed by Law and Deng:
/// "CornerNet" (ECCV 2018), section 3.6: strided blocks halve the maps in place of pooling, channels grow on the way down, and the map
/// before a hourglass and what comes out of it are merged into the input of the next. Letters: N pictures, C channels, s the
/// stride 4.</remarks>
public sealed class Hourglass : Module
{
    /// <summary>Pixels of the picture to a pixel of the maps.</summary>
    public const int Stride = 4;

    private readonly Sequential _stem;
    private readonly ModuleList<HourglassModule> _hourglasses;
    private readonly ModuleList<ConvNormActivation> _outputs;
    private readonly ModuleList<HourglassMerge> _merges;

    /// <summary>A network with PyTorch's initial weights, as in the paper (section 4.1).</summary>
    /// <param name="design">Its sizes.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Hourglass(HourglassDesign design, BackboneOptions options, Generator? generator = null)
    {
        using var scope = new TensorScope();
        options.ExpectNoDilation("an hourglass network");
        Channels = design.Widths[0];
        int[] stacks = [.. Enumerable.Range(0, design.Stacks)];
        _stem = Child("stem", new Sequential(
            new ConvNormActivation(3, design.Stem, 7, 2, width => options.Norm(width), generator: generator),
            HourglassModule.Block(design.Stem, Channels, options, generator, stride: 2)));
        _hourglasses = Child("hourglasses", new ModuleList<HourglassModule>(
            stacks.Select(_ => new HourglassModule(design.Widths, design.Blocks, 0, options, generator))));
        _outputs = Child("outputs", new ModuleList<ConvNormActivation>(
            stacks.Select(_ => new ConvNormActivation(Channels, Channels, 3, 1, width => options.Norm(width), generator: generator))));
        _merges = Child("merges", new ModuleList<HourglassMerge>(
            stacks.Skip(1).Select(_ => new HourglassMerge(Channels, options, generator))));
        Stages =
        [
            new BackboneStage("stem", ["stem."], Channels, Stride, GivesMap: false),
            .. stacks.Select(n => new BackboneStage($"hourglass{n + 1}",
                [$"hourglasses.{n}.", $"outputs.{n}.", .. n > 0 ? (string[])[$"merges.{n - 1}."] : []], Channels, Stride)),
        ];
    }

    /// <summary>Channels of the maps.</summary>
    public int Channels { get; }

    /// <summary>The parts from the input on.</summary>
    public IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>Normalised pictures N x 3 x H x W to the maps of each hourglass, N x C x H/s x W/s. The last one is the network's; the
    /// others are for supervision on the way.</summary>
    public Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        var maps = new Tensor[_outputs.Count];
        Tensor input = _stem.Forward(images.ChannelsLast());
        for (int n = 0; n < maps.Length; n++)
        {
            if (n > 0) input = _merges[n - 1].Forward(input, maps[n - 1]);
            maps[n] = _outputs[n].Forward(_hourglasses[n].Forward(input));
        }
        return scope.Keep(maps);
    }
}

/// <summary>One hourglass, from a resolution down and back (Law and Deng 2018, section 3.6).</summary>
internal sealed class HourglassModule : Layer
{
    private readonly Sequential _skip, _down, _up;
    private readonly Layer _inner;

    public HourglassModule(IReadOnlyList<int> widths, IReadOnlyList<int> blocks, int level, BackboneOptions options, Generator? generator)
    {
        int width = widths[level], below = widths[level + 1], count = blocks[level];
        Sequential Blocks(int many, int into, int outOf) => new([.. Enumerable.Range(0, many).Select(i =>
            Block(i == 0 ? into : outOf, outOf, options, generator))]);
        _skip = Child("skip", Blocks(count, width, width));
        _down = Child("down", new Sequential([Block(width, below, options, generator, stride: 2),
            .. Enumerable.Range(1, count - 1).Select(_ => Block(below, below, options, generator))]));
        _inner = level + 2 < widths.Count
            ? Child("inner", new HourglassModule(widths, blocks, level + 1, options, generator))
            : Child("inner", Blocks(blocks[level + 1], below, below));
        _up = Child("up", new Sequential([.. Enumerable.Range(1, count - 1).Select(_ => Block(below, below, options, generator)),
            Block(below, width, options, generator)]));
    }

    /// <summary>A residual block of two 3x3 convolutions.</summary>
    public static BasicBlock Block(int channels, int width, BackboneOptions options, Generator? generator, int stride = 1) =>
        new(new BlockShape(channels, width, stride, 1, 1), options, generator);

    protected override Tensor Apply(Tensor input)
    {
        Tensor low = _up.Forward(_inner.Forward(_down.Forward(input)));                        // N,C,H/2,W/2
        return Functional.ResizeNearest(low, input.Size(2), input.Size(3)).AddInPlace(_skip.Forward(input));
    }
}

/// <summary>From a hourglass's input and output to the input of the next one (Law and Deng 2018, section 3.6).</summary>
internal sealed class HourglassMerge : Module
{
    private readonly ConvNormActivation _input, _output;
    private readonly BasicBlock _block;

    public HourglassMerge(int channels, BackboneOptions options, Generator? generator)
    {
        ConvNormActivation Project() => new(channels, channels, 1, 1, width => options.Norm(width), Activation.None, generator: generator);
        _input = Child("input", Project());
        _output = Child("output", Project());
        _block = Child("block", HourglassModule.Block(channels, channels, options, generator));
    }

    public Tensor Forward(Tensor input, Tensor output)
    {
        using var scope = new TensorScope();
        return scope.Keep(_block.Forward(_input.Forward(input).AddInPlace(_output.Forward(output)).ReluInPlace()));
    }
}
