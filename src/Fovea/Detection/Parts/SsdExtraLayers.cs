using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>One of SSD's extra layers: a 1x1 convolution to few channels, and a larger one that makes the map smaller.</summary>
/// <param name="Reduced">Channels between the two.</param>
/// <param name="Channels">Channels of the map.</param>
/// <param name="Kernel">Height and width of the second convolution's window.</param>
/// <param name="Stride">Its step.</param>
/// <param name="Padding">Its border of zeros.</param>
public sealed record SsdExtraLayer(long Reduced, long Channels, int Kernel, int Stride, int Padding)
{
    /// <summary>conv8 to conv11 of SSD300: maps of 10, 5, 3 and 1 cells (Liu et al. 2016, figure 2).</summary>
    public static IReadOnlyList<SsdExtraLayer> Ssd300 { get; } =
        [new(256, 512, 3, 2, 1), new(128, 256, 3, 2, 1), new(128, 256, 3, 1, 0), new(128, 256, 3, 1, 0)];

    /// <summary>conv8 to conv12 of SSD512, as in the authors' program: maps of 16, 8, 4, 2 and 1 cells.</summary>
    public static IReadOnlyList<SsdExtraLayer> Ssd512 { get; } =
        [new(256, 512, 3, 2, 1), new(128, 256, 3, 2, 1), new(128, 256, 3, 2, 1), new(128, 256, 3, 2, 1), new(128, 256, 4, 1, 1)];

    /// <summary>The last three of <see cref="Ssd300"/>, on a network whose own last map has 10 cells, with half of their channels.</summary>
    public static IReadOnlyList<SsdExtraLayer> OnResNet { get; } = [new(128, 256, 3, 2, 1), new(64, 128, 3, 1, 0), new(64, 128, 3, 1, 0)];

    /// <summary>The shortest side of the map before the layers of which every map has at least one cell.</summary>
    public static long SmallestSide(IReadOnlyList<SsdExtraLayer> layers) =>
        layers.Reverse().Aggregate(1L, (side, layer) => Math.Max(1, (side - 1) * layer.Stride + layer.Kernel - 2 * layer.Padding));

    /// <summary>The layer as a module, named as torchvision's: "0" and "2" are the convolutions, a ReLU follows each.</summary>
    /// <param name="inChannels">Channels of the map before it.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    internal SsdUnits Build(long inChannels, Generator? generator) => new(
    [
        ("0", new Conv2d(inChannels, Reduced, 1, generator: generator)),
        ("2", new Conv2d(Reduced, Channels, Kernel, Stride, Padding, generator: generator)),
    ]);
}

/// <summary>A row of convolutions, each followed by ReLU.</summary>
internal sealed class SsdUnits : Layer
{
    private readonly ConvolutionUnit[] _units;

    public SsdUnits(IReadOnlyList<(string Name, Conv2d Convolution)> convolutions)
    {
        foreach ((string name, Conv2d convolution) in convolutions) Child(name, convolution);
        _units = [.. convolutions.Select(entry => Own(new ConvolutionUnit(entry.Convolution, activation: Activation.Relu)))];
    }

    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        Tensor x = input;
        foreach (ConvolutionUnit unit in _units)
        {
            Tensor output = unit.Forward(x);
            scope.Release(x);
            x = output;
        }
        return scope.Keep(x);
    }
}
