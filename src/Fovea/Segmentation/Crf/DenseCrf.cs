using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Fovea.Segmentation.Crf;

/// <summary>Fully connected CRF: sharpens a network's class probabilities along the edges of the picture. Every pixel talks to every
/// other one, the more the nearer it is and the more alike its colour.</summary>
/// <remarks>
/// Kraehenbuehl, Koltun: "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials" (NIPS 2011). Mean field, algorithm 1:
/// filter with each kernel, weigh, apply the compatibility, add the unaries, normalise. Unaries are -log of the probabilities. The
/// bilateral kernel runs on a permutohedral lattice, the spatial one in two exact passes. Safe to use from several threads.
/// </remarks>
/// <example><code>
/// var crf = new DenseCrf(new DenseCrfOptions { BilateralColorWidth = 5 });
/// Tensor refined = crf.Refine(logits.Softmax(0), photo);     // K,H,W
/// SegmentationMap labels = DenseCrf.Label(refined);
/// </code></example>
public sealed class DenseCrf(DenseCrfOptions? options = null)
{
    /// <summary>Its numbers.</summary>
    public DenseCrfOptions Options { get; } = options ?? DenseCrfOptions.Default;

    /// <summary>Refines the probabilities of one picture.</summary>
    /// <param name="probabilities">K x H x W, floating point, 0 to 1, on any device.</param>
    /// <param name="picture">H x W.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    /// <returns>K x H x W, float32 on the CPU: the marginals, which sum to 1 over the classes. Carries no gradient (see
    /// <see cref="CrfRnn"/>).</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, a probability is negative or not finite, or the compatibility is for
    /// another number of classes.</exception>
    public Tensor Refine(Tensor probabilities, Image picture, int threads = 0)
    {
        if (probabilities.Dim != 3)
            throw new ArgumentException($"{probabilities.Describe()} was given; probabilities of one picture, K x H x W, are needed.",
                nameof(probabilities));
        using var scope = new TensorScope();
        Tensor given = probabilities.Detach().To(Device.Cpu, DType.Float32).Contiguous();
        if (given.Size(1) != picture.Height || given.Size(2) != picture.Width)
            throw new ArgumentException($"Probabilities of {given.Size(1)} x {given.Size(2)} pixels do not cover a picture of " +
                $"{picture.Size}: resize them to the picture.", nameof(probabilities));
        Tensor refined = Tensor.Empty(given.Shape);
        Refine(given.Span<float>(), (int)given.Size(0), picture, refined.Span<float>(), threads);
        return scope.Keep(refined);
    }

    /// <summary>Refines the probabilities of one picture.</summary>
    /// <param name="probabilities">K x H x W, one class after the other, 0 to 1.</param>
    /// <param name="classes">K.</param>
    /// <param name="picture">H x W.</param>
    /// <param name="refined">K x H x W, overwritten with the marginals; may be the same memory.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    /// <exception cref="ArgumentException">As above.</exception>
    public unsafe void Refine(ReadOnlySpan<float> probabilities, int classes, Image picture, Span<float> refined, int threads = 0)
    {
        Validate(probabilities, classes, picture, refined);
        int blocks = LaneBuffer.BlocksFor(classes), pixels = (int)picture.Size.Pixels;
        var field = new MeanField(classes, Options.Compatibility, threads);
        using LaneBuffer logarithms = new(blocks, pixels), q = new(blocks, pixels);
        var kernels = new List<(CrfKernel Kernel, double Weight, LaneBuffer Filtered)>();
        try
        {
            foreach ((CrfKernel kernel, double weight) in Kernels(picture, threads))
                kernels.Add((kernel, weight, new LaneBuffer(blocks, pixels)));
            (double, LaneBuffer)[] messages = [.. kernels.Select(k => (k.Weight, k.Filtered))];

            fixed (float* planes = probabilities) logarithms.LoadPlanes(planes, classes, threads);
            field.TakeLogarithms(logarithms, (float)Options.ProbabilityFloor);
            field.Update(logarithms, [], q);
            for (int round = 0; round < Options.Iterations; round++)
            {
                foreach ((CrfKernel kernel, _, LaneBuffer filtered) in kernels) kernel.Filter(q, filtered, transposed: false, threads);
                field.Update(logarithms, messages, q);
            }
            fixed (float* planes = refined) q.StorePlanes(planes, classes, threads);
        }
        finally
        {
            foreach ((CrfKernel kernel, _, LaneBuffer filtered) in kernels)
            {
                kernel.Dispose();
                filtered.Dispose();
            }
        }
    }

    /// <summary>The most probable class of each pixel, the first of several.</summary>
    /// <param name="probabilities">K x H x W, floating point; K at most 255.</param>
    /// <exception cref="ArgumentException">Of another shape.</exception>
    public static SegmentationMap Label(Tensor probabilities)
    {
        if (probabilities.Dim != 3 || probabilities.Size(0) is < 1 or > SegmentationMap.Ignore)
            throw new ArgumentException($"{probabilities.Describe()} was given; K x H x W with 1 to {SegmentationMap.Ignore} classes is " +
                "needed.", nameof(probabilities));
        using var scope = new TensorScope();
        return new SegmentationMap(new ImageSize((int)probabilities.Size(1), (int)probabilities.Size(2)),
            probabilities.ArgMax(0).To(DType.UInt8).ToArray<byte>());
    }

    private IEnumerable<(CrfKernel Kernel, double Weight)> Kernels(Image picture, int threads)
    {
        if (Options.Iterations == 0) yield break;
        if (Options.SpatialWeight > 0)
            yield return (new SpatialKernel(picture.Size, Options.SpatialWidth, Options.Normalization), Options.SpatialWeight);
        if (Options.BilateralWeight > 0)
            yield return (BilateralKernel.Of(picture, Options.BilateralWidth, Options.BilateralColorWidth, Options.Normalization, threads),
                Options.BilateralWeight);
    }

    private void Validate(ReadOnlySpan<float> probabilities, int classes, Image picture, ReadOnlySpan<float> refined)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (probabilities.Length != classes * picture.Size.Pixels || refined.Length != probabilities.Length)
            throw new ArgumentException($"{probabilities.Length} probabilities in and {refined.Length} out were given; {classes} classes " +
                $"of a picture of {picture.Size} are {classes * picture.Size.Pixels}.", nameof(probabilities));
        if (!TensorPrimitives.IsFiniteAll(probabilities) || TensorPrimitives.Min(probabilities) < 0)
            throw new ArgumentException("Some of the values are negative or not finite; probabilities from 0 to 1 are needed: take the " +
                "softmax of logits first.", nameof(probabilities));
        if (Options.Compatibility is { } matrix && matrix.GetLength(0) != classes)
            throw new ArgumentException($"The compatibility is for {matrix.GetLength(0)} classes, but {classes} arrived.", nameof(classes));
    }
}
