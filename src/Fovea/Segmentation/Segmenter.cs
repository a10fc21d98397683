using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>A network that tells the class of every pixel.</summary>
/// <remarks>A model gives its scores at whatever resolution its last layer has, from pictures whose sides are multiples of
/// <see cref="SizeDivisor"/>; padding before it and enlarging and cutting after it are done here, the same for all, so that pictures of
/// any size go in and scores of that size come out.</remarks>
public abstract class Segmenter : Module
{
    /// <summary>Remembers the number of classes, and that of a second map's.</summary>
    protected Segmenter(int classCount, int secondClassCount = 0) =>
        (ClassCount, SecondClassCount) = (Check.Positive(classCount), Check.NotNegative(secondClassCount));

    /// <summary>Number of classes, K.</summary>
    public int ClassCount { get; }

    /// <summary>Number of classes of the second map, L, in networks with two heads: every pixel has a class of each of two lists, such as
    /// what it is and how it lies. 0 where there is one map.</summary>
    public int SecondClassCount { get; }

    /// <summary>Number of maps of classes: 1 or 2.</summary>
    public int MapCount => SecondClassCount > 0 ? 2 : 1;

    /// <summary>The parts from the input on, without the heads, by their full names: what can be frozen or learn at a rate of its
    /// own.</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>Beginnings of the names of the tensors whose shape depends on the number of classes, those of auxiliary heads
    /// too.</summary>
    public abstract IReadOnlyList<string> ClassLayers { get; }

    /// <summary>What the loss of each auxiliary head counts against that of the main one; empty where there are none.</summary>
    public virtual IReadOnlyList<double> AuxiliaryWeights => [];

    /// <summary>Height and width of what <see cref="Heads"/> is given are multiples of this: pictures are padded with zeros (the mean
    /// colour) on the right and below.</summary>
    protected virtual int SizeDivisor => 1;

    /// <summary>Class scores of every pixel, before softmax.</summary>
    /// <param name="images">N x 3 x H x W, normalised; any H and W from 1 on.</param>
    /// <returns>N x K x H x W.</returns>
    public Tensor Forward(Tensor images) => Run(images, auxiliary: false)[0];

    /// <summary>As <see cref="Forward"/>, with the scores of the second map, N x L x H x W, after those of the first where there is
    /// one.</summary>
    public Tensor[] ForwardMaps(Tensor images) => Run(images, auxiliary: false);

    /// <summary>As <see cref="ForwardMaps"/>, with the scores of the auxiliary heads behind, in the order of
    /// <see cref="AuxiliaryWeights"/>; each N x K x H x W, of the first map's classes.</summary>
    public Tensor[] ForwardWithAuxiliary(Tensor images) => Run(images, auxiliary: true);

    /// <summary>Scores at the network's own resolution.</summary>
    /// <param name="images">N x 3 x H x W, sides multiples of <see cref="SizeDivisor"/>.</param>
    /// <param name="auxiliary">Whether the auxiliary heads' scores are wanted too.</param>
    /// <returns>The main scores first, N x K x h x w, then those of the second map where there is one, then the auxiliary ones; where h and
    /// w differ from H and W they are enlarged bilinearly.</returns>
    protected abstract Tensor[] Heads(Tensor images, bool auxiliary);

    private Tensor[] Run(Tensor images, bool auxiliary)
    {
        if (images.Dim != 4 || images.Size(1) != 3 || images.Size(2) < 1 || images.Size(3) < 1)
            throw new ArgumentException($"Pictures N x 3 x H x W were expected, but {images.Describe()} arrived.", nameof(images));
        using var scope = new TensorScope();
        (long height, long width) = (images.Size(2), images.Size(3));
        long below = -height % SizeDivisor, right = -width % SizeDivisor;
        if (below < 0) below += SizeDivisor;
        if (right < 0) right += SizeDivisor;
        Tensor padded = below + right > 0 ? images.Pad([0, right, 0, below]) : images;
        Tensor[] scores = Heads(padded, auxiliary);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = Functional.ResizeBilinear(scores[i], height + below, width + right);
            if (below + right > 0) scores[i] = scores[i].Slice(2, 0, height).Slice(3, 0, width);
        }
        return scope.Keep(scores);
    }
}
