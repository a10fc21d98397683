using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Layers that each add their channels to those of all before: N x C x H x W to N x (C + L k) x H x W (Huang et al. 2017,
/// figure 1).</summary>
internal sealed class DenseBlock : Layer
{
    private readonly DenseLayer[] _layers;

    public DenseBlock(int count, long channels, long growth, long dilation, BackboneOptions options, Generator? generator)
    {
        _layers = new DenseLayer[count];
        for (int i = 0; i < count; i++)
            _layers[i] = Child($"denselayer{i + 1}", new DenseLayer(channels + i * growth, growth, dilation, options, generator));
    }

    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        foreach (DenseLayer layer in _layers)
        {
            Tensor added = layer.Forward(input), joined = Tensor.Cat([input, added], 1);
            scope.Release(input);
            scope.Release(added);
            input = joined;
        }
        return scope.Keep(input);
    }
}

/// <summary>Normalisation, ReLU and a 1x1 convolution to 4k channels, then normalisation, ReLU and a 3x3 convolution to k (Huang et al.
/// 2017, section 3, "Bottleneck layers").</summary>
internal sealed class DenseLayer : Layer
{
    private const long Bottleneck = 4;

    private readonly Layer _norm;
    private readonly ConvolutionUnit _reduce, _grow;
    private readonly double _dropout;

    public DenseLayer(long channels, long growth, long dilation, BackboneOptions options, Generator? generator)
    {
        long inner = Bottleneck * growth;
        _norm = Child("norm1", options.Norm(channels));
        Conv2d conv1 = Child("conv1", new Conv2d(channels, inner, 1, bias: false, generator: generator));
        _reduce = Own(new ConvolutionUnit(conv1, Child("norm2", options.Norm(inner)), Activation.Relu));
        _grow = Own(new ConvolutionUnit(Child("conv2",
            new Conv2d(inner, growth, 3, padding: dilation, dilation: dilation, bias: false, generator: generator))));
        _dropout = options.Dropout ?? 0;
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor added = _grow.Forward(_reduce.Forward(_norm.Forward(input).ReluInPlace()));
        return _dropout > 0 ? Functional.Dropout(added, _dropout, Training) : added;
    }
}

/// <summary>Normalisation and ReLU, which the network runs itself, and then half the channels at half the size (Huang et al. 2017,
/// section 3, "Pooling layers").</summary>
/// <remarks>The mean of four pixels comes before the 1x1 convolution, not after it: they commute, and this one is a quarter of the
/// work.</remarks>
internal sealed class DenseTransition : Layer
{
    private readonly ConvolutionUnit _convolution;
    private readonly long? _distance;

    /// <summary>A transition; with a distance between the pixels of the mean in place of its stride where one is given.</summary>
    public DenseTransition(Layer norm, long channels, long? distance, Generator? generator)
    {
        Child("norm", norm);
        _convolution = Own(new ConvolutionUnit(Child("conv", new Conv2d(channels, channels / 2, 1, bias: false, generator: generator))));
        _distance = distance;
    }

    protected override Tensor Apply(Tensor input) =>
        _convolution.Forward(_distance is { } distance ? DensePooling.Mean(input, distance) : Functional.AvgPool2d(input, 2, 2));
}
