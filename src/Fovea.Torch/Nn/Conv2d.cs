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
    {
        Stride = Functional.Pair(stride);
        Padding = Functional.Pair(padding);
        Dilation = Functional.Pair(dilation);
        Groups = groups;
        long fanIn = inChannels / groups * kernel * kernel;
        double bound = 1 / Math.Sqrt(fanIn);
        Weight = Parameter("weight",
            Tensor.Empty([outChannels, inChannels / groups, kernel, kernel]).UniformInPlace(-bound, bound, generator));
        if (bias) Bias = Parameter("bias", Tensor.Empty([outChannels]).UniformInPlace(-bound, bound, generator));
    }

    /// <summary>out x in/groups x kernel x kernel.</summary>
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
