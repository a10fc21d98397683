using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>One Gaussian among all pixels of a picture, normalised: what a CRF's messages are filtered with.</summary>
/// <remarks>A pixel is its own neighbour too. The paper's sum leaves it out, the authors' code does not, and the published weights are of
/// that code.</remarks>
internal abstract class CrfKernel : IDisposable
{
    /// <summary>Filters a signal over the picture's pixels, row by row.</summary>
    /// <param name="input">H*W points.</param>
    /// <param name="output">H*W points, of as many blocks, overwritten.</param>
    /// <param name="transposed">True for the transposed operator.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    public abstract void Filter(LaneBuffer input, LaneBuffer output, bool transposed, int threads);

    /// <summary>The same by libtorch's operators, for other types and devices, and differentiable by it.</summary>
    /// <param name="values">C x H x W, floating point.</param>
    /// <returns>C x H x W.</returns>
    public abstract Tensor Compose(Tensor values);

    /// <summary>Gives memory back.</summary>
    public virtual void Dispose() { }
}
