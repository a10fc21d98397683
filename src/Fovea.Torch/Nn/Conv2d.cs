namespace Fovea.Torch.Nn;

/// <summary>2-D convolution with learned weights: N x in x H x W to N x out x H' x W'.</summary>
/// <remarks>Starts as PyTorch's: weights and bias uniform in +-1/sqrt(fan-in) (Kaiming uniform with a = sqrt(5)).</remarks>
public sealed class Conv2d : Layer
{
    /// <summary>A convolution with square kernels.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Height and width of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros on each side.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="bias">Whether a learned constant is added to each channel.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Conv2d(long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0, long dilation = 1,
        long groups = 1, bool bias = true, Generator? generator = null)
        : this([outChannels, inChannels / groups, kernel, kernel], stride, Functional.Pair(padding), dilation, groups, bias, generator) { }

    /// <summary>A convolution of stride 1 whose kernel need not be square, such as 5 x 1.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Height and width of the window.</param>
    /// <param name="padding">Zeros above and below, and on the left and the right.</param>
    /// <param name="bias">Whether a learned constant is added to each channel.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Conv2d(long inChannels, long outChannels, (long Height, long Width) kernel, (long Vertical, long Horizontal) padding,
        bool bias = true, Generator? generator = null)
        : this([outChannels, inChannels, kernel.Height, kernel.Width], 1, [padding.Vertical, padding.Horizontal], 1, 1, bias, generator) { }

    private Conv2d(long[] shape, long stride, long[] padding, long dilation, long groups, bool bias, Generator? generator)
    {
        Stride = Functional.Pair(stride);
        Padding = padding;
        Dilation = Functional.Pair(dilation);
        Groups = groups;
        double bound = 1 / Math.Sqrt(shape[1] * shape[2] * shape[3]);
        Weight = Parameter("weight", Tensor.Empty(shape).UniformInPlace(-bound, bound, generator));
        if (bias) Bias = Parameter("bias", Tensor.Empty([shape[0]]).UniformInPlace(-bound, bound, generator));
    }

    /// <summary>out x in/groups x the kernel's height x its width.</summary>
    public Tensor Weight { get; }

    /// <summary>out, or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Vertical and horizontal step.</summary>
    public long[] Stride { get; }

    /// <summary>Vertical and horizontal padding.</summary>
    public long[] Padding { get; }

    /// <summary>Vertical and horizontal distance between taps.</summary>
    public long[] Dilation { get; }

    /// <summary>Independent groups of channels.</summary>
    public long Groups { get; }

    /// <summary>What runs it together with what follows; null where it is run alone.</summary>
    internal ConvolutionUnit? Unit { get; set; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.Conv2d(input, Weight, Bias, Stride, Padding, Dilation, Groups);
}
