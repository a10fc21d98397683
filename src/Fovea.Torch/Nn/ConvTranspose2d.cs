namespace Fovea.Torch.Nn;

/// <summary>Transposed 2-D convolution with learned weights, which enlarges maps: N x in x H x W to N x out x H' x W' with
/// H' = (H - 1) stride - 2 padding + kernel + outputPadding.</summary>
/// <remarks>The gradient of a convolution with respect to its input, as a layer (Zeiler et al.: "Deconvolutional Networks", CVPR 2010;
/// Dumoulin and Visin: "A guide to convolution arithmetic", 2016, chapter 4). Starts as PyTorch's: uniform in +-1/sqrt(fan-in), where
/// the fan-in is out kernel^2.</remarks>
public sealed class ConvTranspose2d : Layer
{
    /// <summary>A transposed convolution with square kernels.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Height and width of what one input pixel adds to.</param>
    /// <param name="stride">Step from one input pixel's window to the next, in output pixels.</param>
    /// <param name="padding">Output pixels cut off on each side.</param>
    /// <param name="outputPadding">Output pixels added below and to the right: 0 to stride - 1.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="bias">Whether a learned constant is added to each channel.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ConvTranspose2d(long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0, long outputPadding = 0,
        long groups = 1, bool bias = true, Generator? generator = null)
    {
        Stride = Functional.Pair(stride);
        Padding = Functional.Pair(padding);
        OutputPadding = Functional.Pair(outputPadding);
        Groups = groups;
        double bound = 1 / Math.Sqrt(outChannels / groups * kernel * kernel);
        Weight = Parameter("weight",
            Tensor.Empty([inChannels, outChannels / groups, kernel, kernel]).UniformInPlace(-bound, bound, generator));
        if (bias) Bias = Parameter("bias", Tensor.Empty([outChannels]).UniformInPlace(-bound, bound, generator));
    }

    /// <summary>in x out/groups x kernel x kernel.</summary>
    public Tensor Weight { get; }

    /// <summary>out, or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Vertical and horizontal step, in output pixels.</summary>
    public long[] Stride { get; }

    /// <summary>Vertical and horizontal output pixels cut off on each side.</summary>
    public long[] Padding { get; }

    /// <summary>Output pixels added below and to the right.</summary>
    public long[] OutputPadding { get; }

    /// <summary>Independent groups of channels.</summary>
    public long Groups { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) =>
        Functional.ConvTranspose2d(input, Weight, Bias, Stride, Padding, OutputPadding, Groups);
}
