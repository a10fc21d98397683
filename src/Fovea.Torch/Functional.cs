namespace Fovea.Torch;

/// <summary>How the losses of <see cref="Functional"/> reduce: numbered as libtorch does.</summary>
public enum Reduction
{
    /// <summary>One value an element.</summary>
    None = 0,
    /// <summary>The mean; NaN over no element.</summary>
    Mean = 1,
    /// <summary>The sum.</summary>
    Sum = 2,
}

/// <summary>Neural network operations as functions. Pictures are N x C x H x W; pairs are (vertical, horizontal).</summary>
public static class Functional
{
    /// <summary>2-D convolution (cross-correlation, as everywhere in this field).</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="weight">out x C/groups x kH x kW.</param>
    /// <param name="bias">out, or null.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros on either side.</param>
    /// <param name="dilation">Distance between the window's taps.</param>
    /// <param name="groups">Channels are split into so many independent groups.</param>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation,
        long groups = 1)
    {
        // oneDNN in libtorch 1.13 writes past its memory in the backward pass of a strided 1 x 1 convolution of less than 16 channels
        // side by side. Taking out the pixels that it looks at leaves one without stride.
        if ((stride[0] > 1 || stride[1] > 1) && padding.All(zeros => zeros == 0) && weight.Shape is [_, < 16, 1, 1])
        {
            using var scope = new TensorScope();
            Tensor seen = input.Slice(2, 0, step: stride[0]).Slice(3, 0, step: stride[1]);
            return scope.Keep(Operators.Conv2d.Call(seen, weight, bias, (long[])[1, 1], padding, dilation, groups));
        }
        return Operators.Conv2d.Call(input, weight, bias, stride, padding, dilation, groups);
    }

    /// <summary>Transposed 2-D convolution, the gradient of a convolution with respect to its input.</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="weight">C x out/groups x kH x kW.</param>
    /// <param name="bias">out, or null.</param>
    /// <param name="stride">Step from one input pixel's window to the next, in output pixels.</param>
    /// <param name="padding">Output pixels cut off on each side.</param>
    /// <param name="outputPadding">Output pixels added below and to the right.</param>
    /// <param name="groups">Channels are split into so many independent groups.</param>
    public static Tensor ConvTranspose2d(Tensor input, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] outputPadding,
        long groups = 1) =>
        Operators.ConvTranspose2d.Call(input, weight, bias, stride, padding, outputPadding, groups);

    /// <summary>Fully connected: input W^T + b.</summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias) => Operators.Linear.Call(input, weight, bias);

    /// <summary>Matrix product, batched and broadcast over leading dimensions.</summary>
    public static Tensor MatMul(this Tensor a, Tensor b) => Operators.MatMul.Call(a, b);

    /// <summary>Largest value in each window; its taps may lie apart.</summary>
    public static Tensor MaxPool2d(Tensor input, long kernel, long stride, long padding = 0, bool ceilMode = false, long dilation = 1) =>
        Operators.MaxPool2d.Call(input, Pair(kernel), Pair(stride), Pair(padding), Pair(dilation), ceilMode);

    /// <summary>Mean of each window; padding counts as zeros.</summary>
    public static Tensor AvgPool2d(Tensor input, long kernel, long stride, long padding = 0) =>
        Operators.AvgPool2d.Call(input, Pair(kernel), Pair(stride), Pair(padding));

    /// <summary>Means over windows that tile the map into a grid of the given size.</summary>
    public static Tensor AdaptiveAvgPool2d(Tensor input, long height, long width) =>
        Operators.AdaptiveAvgPool2d.Call(input, (long[])[height, width]);

    /// <summary>Enlarged or shrunk to a size, each pixel that of the nearest source (floor rule).</summary>
    public static Tensor ResizeNearest(Tensor input, long height, long width) =>
        Operators.UpsampleNearest2d.Call(input, (long[])[height, width], Argument.None);

    /// <summary>Enlarged or shrunk to a size by bilinear interpolation.</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    /// <param name="alignCorners">Whether the centres (true) or the outer edges (false) of the corner pixels coincide.</param>
    /// <param name="antialias">Whether a picture that shrinks is smoothed by a triangle as wide as the pixels become, as Pillow
    /// does.</param>
    public static Tensor ResizeBilinear(Tensor input, long height, long width, bool alignCorners = false, bool antialias = false) =>
        (antialias ? Operators.UpsampleBilinear2dAntialiased : Operators.UpsampleBilinear2d)
            .Call(input, (long[])[height, width], alignCorners, Argument.None);

    /// <summary>Enlarged or shrunk to a size by bicubic interpolation (a = -0.75), without antialiasing.</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    /// <param name="alignCorners">Whether the centres (true) or the outer edges (false) of the corner pixels coincide.</param>
    public static Tensor ResizeBicubic(Tensor input, long height, long width, bool alignCorners = false) =>
        Operators.UpsampleBicubic2d.Call(input, (long[])[height, width], alignCorners, Argument.None);

    /// <summary>Scaled dot-product attention: softmax(query key^T / sqrt(D) + mask) value.</summary>
    /// <remarks>Vaswani et al.: "Attention Is All You Need" (NIPS 2017), equation 1. libtorch 2 has it as one operation.</remarks>
    /// <param name="query">... x L x D.</param>
    /// <param name="key">... x S x D.</param>
    /// <param name="value">... x S x D.</param>
    /// <param name="mask">Added to the scores before softmax: any shape that stretches to ... x L x S; null for none.</param>
    /// <returns>... x L x D.</returns>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask = null) =>
        Operators.Attention.Exists ? Operators.Attention.Call(query, key, value, mask)
            : Operators.AttentionBefore2.CallFirst(query, key, value, mask);

    /// <summary>Zeroes elements with probability p and scales the rest by 1 / (1 - p), in training; else the input.</summary>
    public static Tensor Dropout(Tensor input, double p, bool training) => Operators.Dropout.Call(input, p, training);

    /// <summary>Softmax and negative log likelihood of class indices.</summary>
    /// <param name="logits">N x K or N x K x ..., float.</param>
    /// <param name="target">N or N x ..., int64 in [0, K) or <paramref name="ignoreIndex"/>; or of the logits' shape and type,
    /// distributions over the classes, which <paramref name="ignoreIndex"/> does not concern.</param>
    /// <param name="weight">K, or null.</param>
    /// <param name="reduction">How to reduce.</param>
    /// <param name="ignoreIndex">Targets of this value do not count.</param>
    /// <param name="labelSmoothing">Share of the target spread evenly over all classes.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean,
        long ignoreIndex = -100, double labelSmoothing = 0) =>
        Operators.CrossEntropy.Call(logits, target, weight, (int)reduction, ignoreIndex, labelSmoothing);

    /// <summary>Sigmoid and binary cross entropy, computed together so that large logits lose nothing.</summary>
    /// <param name="logits">Any shape, float.</param>
    /// <param name="target">The same shape, float in [0, 1].</param>
    /// <param name="reduction">How to reduce.</param>
    /// <param name="weight">Factor of each element, of a shape that broadcasts to the logits'; or null.</param>
    /// <param name="positiveWeight">Factor of the target's share of the loss alone, of a shape that broadcasts; or null.</param>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, Reduction reduction = Reduction.Mean,
        Tensor? weight = null, Tensor? positiveWeight = null) =>
        Operators.BinaryCrossEntropyWithLogits.Call(logits, target, weight, positiveWeight, (int)reduction);

    /// <summary>0.5 d^2 / beta where |d| is below beta, |d| - 0.5 beta elsewhere (Girshick 2015, with beta 1); |d| for beta 0.</summary>
    public static Tensor SmoothL1(Tensor input, Tensor target, double beta = 1, Reduction reduction = Reduction.Mean) =>
        beta == 0 ? Operators.L1.Call(input, target, (int)reduction)
                  : Operators.SmoothL1.Call(input, target, (int)reduction, beta);

    /// <summary>Mean squared error.</summary>
    public static Tensor MeanSquaredError(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
        Operators.MeanSquaredError.Call(input, target, (int)reduction);

    internal static long[] Pair(long value) => [value, value];
}
