using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>A sliding-window classifier of patches, the multiscale ConvNet: it tells the class of a patch's middle pixel from the patch, and
/// from the patches of that size around the pixel in the picture at half and at a quarter of its size. What it gives for a picture is what
/// it would give for the patches of every pixel, cut out one by one.</summary>
/// <remarks>Farabet, Couprie, Najman, LeCun: "Learning Hierarchical Features for Scene Labeling" (PAMI 2013), sections 3.1 and 5: a
/// Laplacian pyramid of three scales, one network for all of them, and a linear classifier on the joined features, with which the paper
/// learns them. Where the paper gives scores at every fourth pixel and enlarges them, here every pixel has its own. Colours are normalised
/// by their mean and deviation, where the paper normalises neighbourhoods of YUV; beyond the border lies the mean colour.</remarks>
public sealed class PatchClassifier : Segmenter
{
    private const int Scales = 3;

    private readonly PatchNetwork _features;
    private readonly Conv2d _classify;

    /// <summary>A classifier with initial weights as of Glorot and Bengio: "Understanding the difficulty of training deep feedforward neural
    /// networks" (AISTATS 2010).</summary>
    /// <param name="channels">Channels of each of the three layers: 16, 64 and 256 in the paper.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">There are not three.</exception>
    public PatchClassifier(IReadOnlyList<int> channels, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        if (channels.Count != 3)
            throw new ArgumentException($"{channels.Count} numbers of channels arrived, but the network has three layers.", nameof(channels));
        using var scope = new TensorScope();
        _features = Child("features", new PatchNetwork(channels, generator));
        _classify = Child("classifier", new Conv2d(Scales * channels[^1], ClassCount, 1, generator: generator));
        Stages = [new BackboneStage("features", ["features."], channels[^1], 1)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <summary>Halved sides are whole.</summary>
    protected override int SizeDivisor => 1 << (Scales - 1);

    /// <summary>Scores of the middle pixels of patches, before softmax.</summary>
    /// <param name="patches">As <see cref="CutPatches"/> gives them: at each scale N x 3 x 46 x 46.</param>
    /// <returns>N x K.</returns>
    public Tensor Classify(IReadOnlyList<Tensor> patches)
    {
        using var scope = new TensorScope();
        Tensor features = Tensor.Cat([.. patches.Select(_features.Forward)], 1);                  // N,3C,1,1
        return scope.Keep(_classify.Forward(features).Flatten(1));
    }

    /// <summary>The patches around one pixel of each picture, at each scale N x 3 x 46 x 46.</summary>
    /// <param name="images">N x 3 x H x W, normalised; H and W are multiples of 4.</param>
    /// <param name="y">Row of the pixel.</param>
    /// <param name="x">Column of the pixel.</param>
    public static Tensor[] CutPatches(Tensor images, int y, int x)
    {
        using var scope = new TensorScope();
        return scope.Keep((Tensor[])[.. LaplacianPyramid.Split(images, Scales).Select((band, scale) => Padded(band)
            .Slice(2, y >> scale, (y >> scale) + PatchNetwork.Side).Slice(3, x >> scale, (x >> scale) + PatchNetwork.Side))]);
    }

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] bands = LaplacianPyramid.Split(images, Scales);
        Tensor[] features = [.. bands.Select(band =>
            Functional.ResizeNearest(_features.Dense(Padded(band)), images.Size(2), images.Size(3)))];
        return scope.Keep((Tensor[])[_classify.Forward(Tensor.Cat(features, 1))]);                // N,K,H,W
    }

    private static Tensor Padded(Tensor band)
    {
        const int Behind = PatchNetwork.Side - 1 - PatchNetwork.Before;
        return band.Pad([PatchNetwork.Before, Behind, PatchNetwork.Before, Behind]);
    }
}
