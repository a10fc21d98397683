using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>What follows the front end of <see cref="Dilation8"/>.</summary>
public enum ContextForm
{
    /// <summary>Nothing: the front end alone.</summary>
    None,
    /// <summary>The context module with as many channels as there are classes in every layer.</summary>
    Basic,
    /// <summary>The context module with up to 32 times as many.</summary>
    Large,
}

/// <summary>Dilation8: a dilated front end made of VGG-16 without its last two poolings, and a context module on its scores.</summary>
/// <remarks>Yu and Koltun: "Multi-Scale Context Aggregation by Dilated Convolutions" (ICLR 2016), sections 3 and 4. Where pool4 and pool5 were,
/// all convolutions behind are dilated: conv5 by 2, fc6 (7x7) by 4; maps are at 1/8 of the picture. The paper mirrors the picture's border and
/// has no padding inside; here every layer pads its map with zeros. The paper trains the front end first and puts the context module on it
/// then; here both learn at once, and the front end's own scores are an auxiliary output with a loss that counts as much: without it a class
/// that starts with negative scores, which the module cuts off, would not be learned. fc6 and fc7 begin by He et al. (2015) where no ImageNet
/// weights take their place; they have 64 times the backbone's width.</remarks>
public sealed class Dilation8 : Segmenter
{
    private const int HeadFactor = 64;

    private readonly Vgg _backbone;
    private readonly ConvolutionUnit _fc6, _fc7;
    private readonly Dropout _dropout;
    private readonly Conv2d _final;
    private readonly ContextModule? _context;
    private readonly bool _auxiliary;

    /// <summary>Puts the rest of the front end and the context module on a VGG.</summary>
    /// <param name="backbone">VGG-16 in the paper; without a head, with an output stride of 8, its dense pooling left out.</param>
    /// <param name="options">What is common to all segmenters; auxiliary is the front end's output where there is a context module.</param>
    /// <param name="context">What follows the front end.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Dilation8(Vgg backbone, SegmenterOptions options, ContextForm context = ContextForm.Basic, Generator? generator = null)
        : base(options.ClassCount)
    {
        using var scope = new TensorScope();
        long channels = backbone.Features[^1].Channels, width = (long)HeadFactor * backbone.Design.Width;
        _backbone = Child("backbone", backbone);
        Conv2d fc6 = Child("fc6", new Conv2d(channels, width, 7, padding: 12, dilation: 4, generator: generator));
        Conv2d fc7 = Child("fc7", new Conv2d(width, width, 1, generator: generator));
        foreach (Conv2d layer in (Conv2d[])[fc6, fc7])
        {
            Init.KaimingNormal(layer.Weight, generator: generator);
            Init.Constant(layer.Bias!, 0);
        }
        (_fc6, _fc7) = (Own(new ConvolutionUnit(fc6, activation: Activation.Relu)), Own(new ConvolutionUnit(fc7, activation: Activation.Relu)));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.5));
        _final = Child("final", new Conv2d(width, ClassCount, 1, generator: generator));
        Init.Normal(_final.Weight, 0, 0.01, generator);
        Init.Constant(_final.Bias!, 0);
        if (context != ContextForm.None)
            _context = Child("context", new ContextModule(ClassCount, context == ContextForm.Large, generator));
        _auxiliary = options.Auxiliary && _context is not null;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["final.", "context."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _auxiliary ? [1] : [];

    /// <inheritdoc/>
    protected override int SizeDivisor => 8;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        Tensor scores = FrontEnd(images);                                               // N,K,H/8,W/8
        Tensor refined = _context?.Forward(scores) ?? scores;
        return auxiliary && _auxiliary ? [refined, scores] : [refined];
    }

    private Tensor FrontEnd(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor map = _backbone.Forward(images)[^1];                                     // N,512,H/8,W/8
        Tensor fc7 = _fc7.Forward(_dropout.Forward(_fc6.Forward(map)));                 // N,4096,H/8,W/8
        return scope.Keep(_final.Forward(_dropout.Forward(fc7)));
    }
}
