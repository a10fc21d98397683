using Fovea.Losses;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Last layer of a classifier that tells classes apart by angle: cosines between a picture's embedding and a vector of each
/// class.</summary>
/// <remarks>As Circle loss needs it for labels of classes (Sun et al.: "Circle Loss", CVPR 2020, section 2, and its predecessors). The
/// weight has the name, shape and initial values of <see cref="Linear"/>'s; there is no bias. Letters: N pictures, D numbers of an
/// embedding, K classes.</remarks>
public sealed class CosineLinear : Layer
{
    /// <summary>A layer of the given widths.</summary>
    /// <param name="inFeatures">D.</param>
    /// <param name="classCount">K.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public CosineLinear(long inFeatures, long classCount, Generator? generator = null)
    {
        double bound = 1 / Math.Sqrt(inFeatures);
        Weight = Parameter("weight", Tensor.Empty([classCount, inFeatures]).UniformInPlace(-bound, bound, generator));
    }

    /// <summary>K x D: a vector of each class, of any length.</summary>
    public Tensor Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => CircleLoss.Cosines(input, Weight);   // N,D -> N,K
}
