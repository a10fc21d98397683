using Fovea.Torch;

namespace Fovea.Segmentation;

/// <summary>Shift-and-stitch: dense output from a network with strides, by running it on the picture shifted by every number of pixels below
/// its stride, and interlacing what it gives.</summary>
/// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), section 3.2; Sermanet et al.:
/// "OverFeat" (ICLR 2014), section 3.3. It is what the same network gives with dilation in place of its strides ("filter rarefaction",
/// section 3.2), with the weights as they are. The network must not pad what it is given, or what it pads would move with the
/// picture.</remarks>
public static class ShiftAndStitch
{
    /// <summary>The dense output.</summary>
    /// <param name="network">N x C x H' x W' to N x K x h x w, without padding.</param>
    /// <param name="images">N x C x H x W, padded as it is to be; at least the network's window and its stride less one pixel
    /// high and wide.</param>
    /// <param name="stride">Pixels of the picture from one pixel of the output to the next.</param>
    /// <returns>N x K x one row a place of the network's window: H - window + 1, and as many columns of the width.</returns>
    public static Tensor Run(Func<Tensor, Tensor> network, Tensor images, int stride)
    {
        Check.Positive(stride);
        if (images.Dim != 4 || images.Size(2) < stride || images.Size(3) < stride)
            throw new ArgumentException($"Pictures N x C x H x W of at least {stride} x {stride} pixels were expected, but " +
                $"{images.Describe()} arrived.", nameof(images));
        using var scope = new TensorScope();
        var parts = new Tensor[stride, stride];
        for (int y = 0; y < stride; y++)
            for (int x = 0; x < stride; x++)
                parts[y, x] = network(images.Slice(2, y).Slice(3, x));
        Tensor first = parts[0, 0];
        long height = Enumerable.Range(0, stride).Sum(y => parts[y, 0].Size(2)), width = Enumerable.Range(0, stride).Sum(x => parts[0, x].Size(3));
        Tensor dense = Tensor.Empty([first.Size(0), first.Size(1), height, width], first.DType, first.Device);
        for (int y = 0; y < stride; y++)
            for (int x = 0; x < stride; x++)
                dense.Slice(2, y, step: stride).Slice(3, x, step: stride).CopyInPlace(parts[y, x]);
        return scope.Keep(dense);
    }
}
