using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>The numbers of an <see cref="InvertedResidual"/>.</summary>
/// <param name="Channels">Channels that it is given.</param>
/// <param name="Expanded">Channels between its layers.</param>
/// <param name="OutChannels">Channels that it gives.</param>
/// <param name="Kernel">Height and width of the depthwise window.</param>
internal sealed record InvertedResidualShape(long Channels, long Expanded, long OutChannels, long Kernel)
{
    /// <summary>The depthwise convolution's stride and dilation.</summary>
    public (long Stride, long Dilation) Step { get; init; } = (1, 1);

    /// <summary>Whether what it is given is added to what it makes.</summary>
    public bool Shortcut { get; init; }

    /// <summary>What follows every convolution but the last one.</summary>
    public Activation Activation { get; init; } = Activation.Relu6;

    /// <summary>Numbers between the layers of squeeze-and-excitation; 0 for none.</summary>
    public long Squeezed { get; init; }

    /// <summary>The first activation of squeeze-and-excitation, and the gate.</summary>
    public (Activation First, Activation Gate) Excitation { get; init; }

    /// <summary>One full convolution in place of the expansion and the depthwise convolution (Fused-MBConv).</summary>
    public bool Fused { get; init; }

    /// <summary>Chance that the branch is skipped for a picture while training.</summary>
    public double Depth { get; init; }

    /// <summary>Names as in torchvision's MobileNetV2: "conv", with the last convolution and its normalisation as two parts of it, in place
    /// of "block".</summary>
    public bool FlatNames { get; init; }
}

/// <summary>A 1x1 convolution to more channels, a depthwise one, and a 1x1 convolution to few channels without activation; the shortcut
/// joins the few. With squeeze-and-excitation it is the block of MobileNetV3, and MBConv of EfficientNet.</summary>
/// <remarks>Sandler et al.: "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018), section 3.3, figure 3b; Howard et al.:
/// "Searching for MobileNetV3" (ICCV 2019), figure 4; Tan and Le: "EfficientNetV2" (ICML 2021), figure 2.</remarks>
internal sealed class InvertedResidual : Layer
{
    private readonly Func<Tensor, Tensor>[] _steps;
    private readonly StochasticDepth? _depth;
    private readonly ResidualSum? _sum;

    public InvertedResidual(InvertedResidualShape shape, Func<long, Layer> norm, bool zeroInit, Generator? generator)
    {
        bool expands = shape.Expanded != shape.Channels;
        var layers = new List<Layer>();
        if (shape.Fused) layers.Add(Brick(shape.Channels, expands ? shape.Expanded : shape.OutChannels, shape.Kernel, shape.Step));
        else
        {
            if (expands) layers.Add(Brick(shape.Channels, shape.Expanded, 1, (1, 1)));
            layers.Add(Brick(shape.Expanded, shape.Expanded, shape.Kernel, shape.Step, groups: shape.Expanded));
        }
        if (shape.Squeezed > 0)
            layers.Add(new SqueezeExcitation(shape.Expanded, shape.Squeezed, shape.Excitation.First, shape.Excitation.Gate, generator));
        List<Func<Tensor, Tensor>> steps = [.. layers.Select(layer => (Func<Tensor, Tensor>)layer.Forward)];
        Layer? last = null;
        if (expands || !shape.Fused)
        {
            var projection = new Conv2d(shape.Expanded, shape.OutChannels, 1, bias: false, generator: generator);
            last = norm(shape.OutChannels);
            steps.Add(Own(new ConvolutionUnit(projection, last)).Forward);
            if (shape.FlatNames) layers.AddRange([projection, last]);
            else layers.Add(new Sequential(projection, last));
        }
        _steps = [.. steps];
        Child(shape.FlatNames ? "conv" : "block", new Sequential([.. layers]));
        if (!shape.Shortcut) return;
        _depth = Child("stochastic_depth", new StochasticDepth(shape.Depth));
        _sum = Child("sum", new ResidualSum());
        if (zeroInit) Shortcut.StartAtZero(last ?? ((ConvNormActivation)layers[^1]).Norm!);

        ConvNormActivation Brick(long from, long to, long kernel, (long Stride, long Dilation) step, long groups = 1) =>
            new(from, to, kernel, step.Stride, norm, shape.Activation, groups, step.Dilation, generator: generator);
    }

    /// <summary>The first convolution by itself: SSDLite looks at what it gives.</summary>
    internal Tensor Expand(Tensor input) => _steps[0](input);

    /// <summary>What comes after the first convolution, in a block without a shortcut.</summary>
    internal Tensor Contract(Tensor expanded) => Run(_steps.AsSpan(1), expanded);

    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        Tensor x = Run(_steps, input);
        return scope.Keep(_sum is null ? x : _sum.Forward(_depth!.Forward(x), input));
    }

    private static Tensor Run(ReadOnlySpan<Func<Tensor, Tensor>> steps, Tensor input)
    {
        using var scope = new TensorScope();
        Tensor x = input;
        foreach (Func<Tensor, Tensor> step in steps)
        {
            Tensor output = step(x);
            if (output != x) scope.Release(x);      // squeeze-and-excitation may work in place
            x = output;
        }
        return scope.Keep(x);
    }
}
