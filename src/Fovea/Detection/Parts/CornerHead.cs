using Fovea.Backbones;
using Fovea.Ops;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What a network says of one kind of corner.</summary>
/// <param name="Heat">Logits of a corner of each class at each cell: N x K x H x W.</param>
/// <param name="Embedding">A number that the two corners of an object share and others do not: N x 1 x H x W.</param>
/// <param name="Offset">Where in its cell a corner lies, x and y in cells: N x 2 x H x W.</param>
public sealed record CornerMaps(Tensor Heat, Tensor Embedding, Tensor Offset);

/// <summary>Finds one kind of corner: corner pooling, and a small network for each of the three maps.</summary>
/// <remarks>Law and Deng: "CornerNet" (ECCV 2018), section 3.5 and figure 7.</remarks>
public sealed class CornerHead : Module
{
    // Corners are rare: at the start each cell is one with probability 0.1 (as Lin et al. 2017, section 3.3).
    private static readonly double HeatBias = -Math.Log((1 - 0.1) / 0.1);

    private readonly CornerPooling _pooling;
    private readonly Sequential _heat, _embedding, _offset;

    /// <summary>A head.</summary>
    /// <param name="channels">C of the backbone's map.</param>
    /// <param name="poolChannels">Channels that are corner-pooled: 128 in the paper's implementation.</param>
    /// <param name="classes">K.</param>
    /// <param name="vertical">How columns are pooled.</param>
    /// <param name="horizontal">How rows are pooled.</param>
    /// <param name="options">The kind of batch norm.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public CornerHead(int channels, int poolChannels, int classes, CornerDirection vertical, CornerDirection horizontal,
        BackboneOptions options, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _pooling = Child("pooling", new CornerPooling(channels, poolChannels, vertical, horizontal, options, generator));
        Sequential Branch(int outputs) => new(
            new ConvNormActivation(channels, channels, 3, 1, norm: null, generator: generator),
            new ConvNormActivation(channels, outputs, 1, 1, norm: null, Activation.None, generator: generator));
        _heat = Child("heat", Branch(classes));
        _embedding = Child("embedding", Branch(1));
        _offset = Child("offset", Branch(2));
        Init.Constant(((ConvNormActivation)_heat[1]).Convolution.Bias!, HeatBias);
    }

    /// <summary>N x C x H x W to the three maps.</summary>
    public CornerMaps Forward(Tensor features)
    {
        using var scope = new TensorScope();
        Tensor pooled = _pooling.Forward(features);                                            // N,C,H,W
        return new CornerMaps(scope.Keep(_heat.Forward(pooled)), scope.Keep(_embedding.Forward(pooled)),
            scope.Keep(_offset.Forward(pooled)));
    }
}

/// <summary>The corner pooling module: a residual block whose first convolution is replaced by corner pooling in two
/// directions.</summary>
/// <remarks>Law and Deng 2018, section 3.5, figure 7.</remarks>
internal sealed class CornerPooling : Layer
{
    private readonly ConvNormActivation _vertical, _horizontal, _merge, _shortcut, _output;
    private readonly CornerDirection _columns, _rows;

    public CornerPooling(int channels, int poolChannels, CornerDirection vertical, CornerDirection horizontal, BackboneOptions options,
        Generator? generator)
    {
        (_columns, _rows) = (vertical, horizontal);
        ConvNormActivation Convolution(int from, int to, int kernel, Activation activation) =>
            new(from, to, kernel, 1, width => options.Norm(width), activation, generator: generator);
        _vertical = Child("vertical", Convolution(channels, poolChannels, 3, Activation.Relu));
        _horizontal = Child("horizontal", Convolution(channels, poolChannels, 3, Activation.Relu));
        _merge = Child("merge", Convolution(poolChannels, channels, 3, Activation.None));
        _shortcut = Child("shortcut", Convolution(channels, channels, 1, Activation.None));
        _output = Child("output", Convolution(channels, channels, 3, Activation.Relu));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor pooled = CornerPool.Forward(_vertical.Forward(input), _columns) + CornerPool.Forward(_horizontal.Forward(input), _rows);
        return _output.Forward(_merge.Forward(pooled).AddInPlace(_shortcut.Forward(input)).ReluInPlace());
    }
}
