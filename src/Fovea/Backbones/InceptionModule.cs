using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Channels within an Inception module: a row of the paper's table 1.</summary>
/// <param name="One">Of the 1x1 convolution.</param>
/// <param name="ReduceThree">Before the 3x3 convolution.</param>
/// <param name="Three">Of the 3x3 convolution.</param>
/// <param name="ReduceFive">Before what the paper has as a 5x5 convolution.</param>
/// <param name="Five">Of that convolution.</param>
/// <param name="Pool">After pooling.</param>
internal sealed record InceptionWidths(long One, long ReduceThree, long Three, long ReduceFive, long Five, long Pool);

/// <summary>Four views of one map side by side (Szegedy et al. 2015, figure 2b): N x C x H x W to the sum of their channels.</summary>
internal sealed class InceptionModule : Layer
{
    private readonly Layer[] _branches;

    public InceptionModule(long channels, InceptionWidths widths, Func<long, Layer> norm, Generator? generator)
    {
        InceptionConvolution Convolution(long from, long to, long kernel) => new(from, to, kernel, norm, generator);
        _branches =
        [
            Child("branch1", Convolution(channels, widths.One, 1)),
            Child("branch2",
                new Sequential(Convolution(channels, widths.ReduceThree, 1), Convolution(widths.ReduceThree, widths.Three, 3))),
            Child("branch3", new Sequential(Convolution(channels, widths.ReduceFive, 1), Convolution(widths.ReduceFive, widths.Five, 3))),
            Child("branch4", new Sequential(new MaxPool2d(3, 1, 1), Convolution(channels, widths.Pool, 1))),
        ];
    }

    protected override Tensor Apply(Tensor input) => Tensor.Cat([.. _branches.Select(branch => branch.Forward(input))], 1);
}

/// <summary>Convolution that keeps the size at stride 1, batch norm and ReLU, under the names "conv" and "bn".</summary>
internal sealed class InceptionConvolution : Layer
{
    private readonly ConvolutionUnit _unit;

    public InceptionConvolution(long channels, long width, long kernel, Func<long, Layer> norm, Generator? generator, long stride = 1)
    {
        Conv2d convolution = Child("conv", new Conv2d(channels, width, kernel, stride, kernel / 2, bias: false, generator: generator));
        _unit = Own(new ConvolutionUnit(convolution, Child("bn", norm(width)), Activation.Relu));
    }

    protected override Tensor Apply(Tensor input) => _unit.Forward(input);
}

/// <summary>A head on a map within the network: N x C x H x W to class scores N x K (Szegedy et al. 2015, section 5; with a 4x4 grid of
/// means at every size).</summary>
internal sealed class GoogLeNetAuxiliary : Layer
{
    private const int Grid = 4, Channels = 128, Width = 1024;

    private readonly InceptionConvolution _convolution;
    private readonly Linear _first, _second;
    private readonly Dropout _dropout;

    public GoogLeNetAuxiliary(long channels, int classes, Func<long, Layer> norm, Generator? generator)
    {
        _convolution = Child("conv", new InceptionConvolution(channels, Channels, 1, norm, generator));
        _first = Child("fc1", new Linear(Channels * Grid * Grid, Width, generator: generator));
        _second = Child("fc2", new Linear(Width, classes, generator: generator));
        _dropout = Child("dropout", new Dropout(0.7));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _convolution.Forward(Functional.AdaptiveAvgPool2d(input, Grid, Grid)).Flatten(1);        // N,2048
        return _second.Forward(_dropout.Forward(_first.Forward(x).ReluInPlace()));
    }
}
