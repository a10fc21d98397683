using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>DeepLab v2: atrous spatial pyramid pooling in its first form, four heads of different fields of view whose scores are
/// added.</summary>
/// <remarks>Chen, Papandreou, Kokkinos, Murphy, Yuille: "DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous
/// Convolution, and Fully Connected CRFs" (PAMI 2018), section 3.2, figures 4 and 7; rates 6, 12, 18 and 24 are the paper's ASPP-L. On VGG-16
/// (section 4.1) a head is fc6, fc7 and fc8 as in LargeFOV; on ResNet-101 (section 4.1.2) it is one 3x3 convolution to the classes, as in the
/// authors' network. Maps are at 1/8 of the picture. The paper's fusion of three picture sizes and its CRF are no part of the network.
/// Convolutions to the classes begin from a deviation of 0.01.</remarks>
public sealed class DeepLabV2 : Segmenter
{
    private static readonly int[] Rates = [6, 12, 18, 24];

    private readonly Backbone _backbone;
    private readonly ModuleList<Layer> _heads;
    private readonly bool _pools;

    private DeepLabV2(Backbone backbone, int classCount, IEnumerable<Layer> heads, bool pools) : base(classCount)
    {
        _backbone = Child("backbone", backbone);
        _heads = Child("heads", new ModuleList<Layer>(heads));
        _pools = pools;
    }

    /// <summary>On VGG: heads of three layers, after pool5.</summary>
    /// <param name="backbone">A VGG without a head, with an output stride of 8. fc6 and fc7 have 16 times its width.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public static DeepLabV2 OnVgg(Vgg backbone, SegmenterOptions options, Generator? generator = null)
    {
        long channels = backbone.Features[^1].Channels, width = DeepLabLargeFov.HeadFactor * backbone.Design.Width;
        return new DeepLabV2(backbone, options.ClassCount,
            Rates.Select(rate => new AtrousBranch(channels, width, options.ClassCount, rate, options.Dropout ?? 0.5, generator)), pools: true);
    }

    /// <summary>On a ResNet: heads of one layer.</summary>
    /// <param name="backbone">A network without a head, with an output stride of 8 in the paper.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public static DeepLabV2 OnResNet(ResNet backbone, SegmenterOptions options, Generator? generator = null)
    {
        return new DeepLabV2(backbone, options.ClassCount, Rates.Select(Head), pools: false);

        Conv2d Head(int rate)
        {
            var head = new Conv2d(backbone.Features[^1].Channels, options.ClassCount, 3, padding: rate, dilation: rate, generator: generator);
            Init.Normal(head.Weight, 0, 0.01, generator);
            Init.Constant(head.Bias!, 0);
            return head;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers =>
        [.. Enumerable.Range(0, _heads.Count).Select(i => _heads[i] is AtrousBranch ? $"heads.{i}.fc8." : $"heads.{i}.")];

    /// <inheritdoc/>
    protected override int SizeDivisor => 8;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor map = _backbone.Forward(images)[^1];                                         // N,C,H/8,W/8
        if (_pools) map = Functional.MaxPool2d(map, 3, 1, 1);
        Tensor scores = _heads[0].Forward(map);                                             // N,K,H/8,W/8
        foreach (Layer head in _heads.Skip(1)) scores = scores.AddInPlace(head.Forward(map));
        return [scope.Keep(scores)];
    }
}
