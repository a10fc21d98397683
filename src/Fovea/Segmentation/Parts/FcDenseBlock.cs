using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Layers that each add their channels to those of all before (Jegou et al. 2017, figure 2). What comes out is all of them, or
/// only those that were added.</summary>
internal sealed class FcDenseBlock : Layer
{
    private readonly FcDenseLayer[] _layers;
    private readonly bool _withInput;

    /// <param name="count">L: number of layers.</param>
    /// <param name="channels">C of the input.</param>
    /// <param name="growth">k: channels that a layer adds.</param>
    /// <param name="withInput">Whether the input is part of what comes out.</param>
    /// <param name="dropout">Chance that an added number is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FcDenseBlock(int count, long channels, long growth, bool withInput, double dropout, Generator? generator)
    {
        _withInput = withInput;
        _layers = new FcDenseLayer[count];
        for (int i = 0; i < count; i++)
            _layers[i] = Child($"{i}", new FcDenseLayer(channels + i * growth, growth, 3, dropout, generator));
    }

    /// <summary>N x C x H x W to N x (C + L k) x H x W, or N x L k x H x W without the input.</summary>
    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        Tensor seen = input;
        var added = new Tensor[_layers.Length];
        for (int i = 0; i < _layers.Length; i++)
        {
            added[i] = _layers[i].Forward(seen);
            if (i == _layers.Length - 1 && !_withInput) break;      // the last sum would only be taken apart again
            Tensor joined = Tensor.Cat([seen, added[i]], 1);
            scope.Release(seen);
            if (_withInput) scope.Release(added[i]);
            seen = joined;
        }
        return scope.Keep(_withInput ? seen : Tensor.Cat(added, 1));
    }
}

/// <summary>Normalisation, ReLU, a convolution and dropout (Jegou et al. 2017, table 1, "Layer"; with 1x1 the first part of "Transition
/// Down").</summary>
internal sealed class FcDenseLayer : Layer
{
    private readonly BatchNorm2d _norm;
    private readonly ConvolutionUnit _convolution;
    private readonly Dropout _dropout;

    public FcDenseLayer(long channels, long outChannels, long kernel, double dropout, Generator? generator)
    {
        _norm = Child("norm", new BatchNorm2d(channels));
        _convolution = Own(new ConvolutionUnit(Child("conv",
            new Conv2d(channels, outChannels, kernel, padding: kernel / 2, generator: generator))));
        _dropout = Child("dropout", new Dropout(dropout));
    }

    protected override Tensor Apply(Tensor input) => _dropout.Forward(_convolution.Forward(_norm.Forward(input).ReluInPlace()));
}
