using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>Filtering as a step of a network: each picture of a batch with its own kernel. The gradient goes back through the transposed
/// filter.</summary>
internal static class CrfFilter
{
    /// <summary>Filters a batch.</summary>
    /// <param name="values">N x K x H x W, floating point.</param>
    /// <param name="kernels">N, of pictures of H x W. They must live as long as the graph.</param>
    /// <returns>N x K x H x W, of the same type and on the same device.</returns>
    public static Tensor Apply(Tensor values, IReadOnlyList<CrfKernel> kernels)
    {
        using var scope = new TensorScope();
        if (!KernelChoice.Applies(values))
            return scope.Keep(Tensor.Stack([.. kernels.Select((kernel, n) => kernel.Compose(values[n]))]));
        return scope.Keep(AutogradFunction.Apply("CrfFilter", [values], () => Run(values, kernels, transposed: false),
            request => [request.OutputGradients[0] is { } gradient ? Run(gradient, kernels, transposed: true) : null]));
    }

    private static unsafe Tensor Run(Tensor values, IReadOnlyList<CrfKernel> kernels, bool transposed)
    {
        using var scope = new TensorScope();
        Tensor dense = values.Contiguous(), filtered = Tensor.Empty(dense.Shape);
        int channels = (int)dense.Size(1), pixels = checked((int)(dense.Size(2) * dense.Size(3)));
        using LaneBuffer input = new(LaneBuffer.BlocksFor(channels), pixels), output = new(input.Blocks, pixels);
        for (int n = 0; n < kernels.Count; n++)
        {
            nint offset = (nint)n * channels * pixels;
            input.LoadPlanes((float*)dense.DataPointer + offset, channels, threads: 0);
            kernels[n].Filter(input, output, transposed, threads: 0);
            output.StorePlanes((float*)filtered.DataPointer + offset, channels, threads: 0);
        }
        GC.KeepAlive(dense);
        return scope.Keep(filtered);
    }
}
