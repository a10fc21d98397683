using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>A transposed convolution that is fixed to bilinear interpolation: each channel enlarged for itself, nothing learned.</summary>
/// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), sections 3.3 and 4.3. A map of h
/// rows becomes one of (h - 1) stride + kernel, which fades to nothing over the border.</remarks>
public sealed class BilinearUpsampling : Layer
{
    private readonly int _kernel, _stride;
    private readonly Tensor _tent;

    /// <summary>An enlargement.</summary>
    /// <param name="kernel">Side of what one pixel becomes: 2 stride, or 2 stride - 1, which has a pixel in its middle.</param>
    /// <param name="stride">How many times larger.</param>
    public BilinearUpsampling(int kernel, int stride)
    {
        if (Check.Positive(stride) != (Check.Positive(kernel) + 1) / 2)
            throw new ArgumentException($"A kernel of {kernel} enlarges {(kernel + 1) / 2} times, not {stride} times.", nameof(kernel));
        (_kernel, _stride) = (kernel, stride);
        _tent = Buffer("tent", Init.Bilinear(Tensor.Empty([1, 1, kernel, kernel])), persistent: false);
    }

    /// <summary>N x C x h x w to N x C x (h - 1) stride + kernel x (w - 1) stride + kernel.</summary>
    protected override Tensor Apply(Tensor input)
    {
        long channels = input.Size(1);
        Tensor weight = _tent.Expand(channels, 1, _kernel, _kernel);
        return Functional.ConvTranspose2d(input, weight, null, [_stride, _stride], [0, 0], [0, 0], channels);
    }
}
