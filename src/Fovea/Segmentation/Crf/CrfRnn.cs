using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Crf;

/// <summary>CRF as RNN: the mean field of a fully connected CRF as the last part of a segmentation network, trained with it.</summary>
/// <remarks>
/// Zheng et al.: "Conditional Random Fields as Recurrent Neural Networks" (ICCV 2015), sections 4 and 5. Every round is: softmax, message
/// passing with both kernels, a weight for each kernel and class, the compatibility of classes as a 1 x 1 convolution, adding the unaries.
/// Gradients go to the unaries and to all weights, not to the pictures. Parameters: spatial_weight and bilateral_weight (K each),
/// compatibility (K x K, Potts before training).
/// </remarks>
public sealed class CrfRnn : Module
{
    /// <summary>For so many classes.</summary>
    /// <param name="classes">K, with background if the network has one.</param>
    /// <param name="options">Null for the defaults.</param>
    public CrfRnn(int classes, CrfRnnOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        (Classes, Options) = (classes, options ?? CrfRnnOptions.Default);
        SpatialWeight = Parameter("spatial_weight", Tensor.Full([classes], Options.InitialSpatialWeight));
        BilateralWeight = Parameter("bilateral_weight", Tensor.Full([classes], Options.InitialBilateralWeight));
        Compatibility = Parameter("compatibility", Potts(classes));
    }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>Its numbers.</summary>
    public CrfRnnOptions Options { get; }

    /// <summary>The spatial kernel's weight for each class: K.</summary>
    public Tensor SpatialWeight { get; }

    /// <summary>The bilateral kernel's weight for each class: K.</summary>
    public Tensor BilateralWeight { get; }

    /// <summary>mu: what it costs that a pixel has the row's class and a neighbour the column's: K x K.</summary>
    public Tensor Compatibility { get; }

    /// <summary>Refines a network's scores.</summary>
    /// <param name="logits">N x K x H x W, floating point: the network's scores before softmax, which are minus the unary
    /// energies.</param>
    /// <param name="pictures">N x 3 x H x W, red, green, blue, 0 to 255, of any type and on any device. Where it is not finite, nothing
    /// can be computed.</param>
    /// <returns>N x K x H x W: scores before softmax, for cross entropy or for argmax; float32 where half precision is given.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor logits, Tensor pictures)
    {
        Validate(logits, pictures);
        using var scope = new TensorScope();
        // Sums over thousands of pixels are no work for half precision.
        Tensor unaries = logits.DType is DType.Float16 or DType.BFloat16 ? logits.To(DType.Float32) : logits;
        (CrfKernel spatial, CrfKernel[] bilateral) = Kernels(pictures);
        CrfKernel[] sameSpatial = [.. bilateral.Select(_ => spatial)];
        Tensor spatialWeight = Column(SpatialWeight), bilateralWeight = Column(BilateralWeight);         // K,1,1
        Tensor compatibility = Compatibility.To(unaries.DType).View(Classes, Classes, 1, 1);

        Tensor scores = unaries;
        int rounds = Training ? Options.TrainingIterations : Options.Iterations;
        for (int round = 0; round < rounds; round++)
        {
            using var inner = new TensorScope();
            Tensor q = scores.Softmax(1);                                                               // N,K,H,W
            Tensor message = CrfFilter.Apply(q, sameSpatial) * spatialWeight
                + CrfFilter.Apply(q, bilateral) * bilateralWeight;                                      // N,K,H,W
            if (scores != unaries) scope.Release(scores);
            scores = inner.Keep(unaries - Functional.Conv2d(message, compatibility, null, [1, 1], [0, 0], [1, 1]));
        }
        if (!scores.RequiresGrad)      // no gradient comes back through the kernels
            foreach (CrfKernel kernel in bilateral) kernel.Dispose();
        return scope.Keep(scores);

        Tensor Column(Tensor weight) => weight.To(unaries.DType).View(Classes, 1, 1);
    }

    private unsafe (CrfKernel Spatial, CrfKernel[] Bilateral) Kernels(Tensor pictures)
    {
        using var scope = new TensorScope();
        Tensor colors = pictures.Detach().To(Device.Cpu, DType.Float32).Contiguous();
        var size = new ImageSize((int)colors.Size(2), (int)colors.Size(3));
        var kernels = new CrfKernel[colors.Size(0)];
        for (int n = 0; n < kernels.Length; n++)
            kernels[n] = BilateralKernel.Of((float*)colors.DataPointer + n * 3 * (nint)size.Pixels, size, Options.BilateralWidth,
                Options.BilateralColorWidth, Options.Normalization);
        GC.KeepAlive(colors);
        return (new SpatialKernel(size, Options.SpatialWidth, Options.Normalization), kernels);
    }

    private void Validate(Tensor logits, Tensor pictures)
    {
        if (logits.Dim != 4 || logits.Size(1) != Classes || logits.Numel == 0)
            throw new ArgumentException($"{logits.Describe()} was given; scores of {Classes} classes, N x {Classes} x H x W, are needed.",
                nameof(logits));
        if (pictures.Dim != 4 || pictures.Size(0) != logits.Size(0) || pictures.Size(1) != 3 || pictures.Size(2) != logits.Size(2)
            || pictures.Size(3) != logits.Size(3))
            throw new ArgumentException($"{pictures.Describe()} was given; the pictures of {logits.Describe()}, N x 3 x H x W, are " +
                "needed: resize the scores to the pictures.", nameof(pictures));
    }

    private static Tensor Potts(int classes)
    {
        var costs = new float[classes * classes];
        Array.Fill(costs, 1);
        for (int k = 0; k < classes; k++) costs[k * classes + k] = 0;
        return Tensor.From(costs, classes, classes);
    }
}
