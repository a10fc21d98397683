using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>What a <see cref="FeaturePyramid"/> is for.</summary>
public enum FeaturePyramidKind
{
    /// <summary>Boxes of all sizes: plain convolutions, each pixel of the level above repeated, and P6 on top (Lin et al. 2017).</summary>
    Detection,
    /// <summary>The same with batch norm after every convolution (Li et al.: "Benchmarking Detection Transfer Learning with Vision
    /// Transformers", 2021, section A).</summary>
    NormalisedDetection,
    /// <summary>The classes of pixels: batch norm and ReLU after every convolution, levels enlarged bilinearly, no P6. The coarsest map
    /// comes as a level, from pyramid pooling, and stays as it is (Xiao et al.: "Unified Perceptual Parsing for Scene Understanding", ECCV
    /// 2018, section 3.1).</summary>
    Parsing,
}

/// <summary>The coarsest levels of a <see cref="FeaturePyramid"/> for detection.</summary>
public enum PyramidTop
{
    /// <summary>P6, every second pixel of P5 (Lin et al.: "Feature Pyramid Networks", section 4.1, footnote 2).</summary>
    Subsampled,
    /// <summary>P6 and P7 by convolutions from P5 (Tian et al.: "FCOS: Fully Convolutional One-Stage Object Detection", ICCV 2019, section
    /// 3.2; torchvision's RetinaNet).</summary>
    ConvolvedFromP5,
    /// <summary>P6 and P7 by convolutions from C5 (Lin et al.: "Focal Loss for Dense Object Detection", ICCV 2017, section 4).</summary>
    ConvolvedFromC5,
}

/// <summary>FPN: a pyramid of feature maps, all semantically strong and with as many channels, from a backbone's C2 to C5.</summary>
/// <remarks>Lin, Dollar, Girshick, He, Hariharan, Belongie: "Feature Pyramid Networks for Object Detection" (CVPR 2017),
/// section 3. From the coarsest map down, each level is its lateral 1x1 convolution plus the enlarged level above, smoothed by
/// a 3x3 convolution. What comes above is a <see cref="PyramidTop"/>.</remarks>
public sealed class FeaturePyramid : Module
{
    private readonly ConvolutionUnit[] _inner;
    private readonly ConvolutionUnit[] _smooth;
    private readonly FeaturePyramidKind _kind;
    private readonly PyramidTop _top;
    private readonly LastLevelP6P7? _extra;

    /// <summary>A pyramid over maps of the given channels.</summary>
    /// <param name="inChannels">Channels of the maps, from fine to coarse, of which a pyramid for parsing is given one more with
    /// <paramref name="outChannels"/>.</param>
    /// <param name="outChannels">Channels of every level.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="kind">What it is for.</param>
    /// <param name="top">The coarsest levels of a pyramid for detection.</param>
    public FeaturePyramid(IReadOnlyList<long> inChannels, long outChannels = 256, Generator? generator = null,
        FeaturePyramidKind kind = FeaturePyramidKind.Detection, PyramidTop top = PyramidTop.Subsampled)
    {
        using var scope = new TensorScope();
        (OutChannels, _kind, _top) = (outChannels, kind, top);
        _inner = Units(Child("inner_blocks", new ModuleList<Sequential>(inChannels.Select(c => Block(c, outChannels, 1, generator)))));
        _smooth = Units(Child("layer_blocks",
            new ModuleList<Sequential>(inChannels.Select(_ => Block(outChannels, outChannels, 3, generator)))));
        if (kind != FeaturePyramidKind.Parsing && top != PyramidTop.Subsampled)
            _extra = Child("extra_blocks",
                new LastLevelP6P7(top == PyramidTop.ConvolvedFromC5 ? inChannels[^1] : outChannels, outChannels, generator));
    }

    /// <summary>Channels of every level.</summary>
    public long OutChannels { get; }

    /// <summary>C2..C5 to P2..P5 and P6, or P2..P7; or C2..C4 and P5 to P2..P5. A pyramid may begin at C3.</summary>
    public Tensor[] Forward(Tensor[] features)
    {
        using var scope = new TensorScope();
        bool parses = _kind == FeaturePyramidKind.Parsing;
        int count = _inner.Length;
        var levels = new Tensor[count + 1];
        Tensor inner = parses ? features[count] : _inner[count - 1].Forward(features[count - 1]);
        if (parses) levels[count] = inner;
        else levels[count - 1] = _smooth[count - 1].Forward(inner);
        for (int level = parses ? count - 1 : count - 2; level >= 0; level--)
        {
            inner = AddEnlarged(_inner[level].Forward(features[level]), inner);
            levels[level] = _smooth[level].Forward(inner);
        }
        if (!parses && _extra is null) levels[count] = Functional.MaxPool2d(levels[count - 1], 1, 2);
        if (_extra is null) return scope.Keep(levels);
        (Tensor p6, Tensor p7) = _extra.Forward(_top == PyramidTop.ConvolvedFromC5 ? features[count - 1] : levels[count - 1]);
        return scope.Keep([.. levels[..count], p6, p7]);
    }

    // One of the two becomes the sum: nothing else needs it. It is not the lateral map where that ends in ReLU, which backward looks at.
    private Tensor AddEnlarged(Tensor lateral, Tensor above)
    {
        using var scope = new TensorScope();
        (long height, long width) = (lateral.Size(2), lateral.Size(3));
        return _kind == FeaturePyramidKind.Parsing
            ? scope.Keep(Functional.ResizeBilinear(above, height, width).AddInPlace(lateral))
            : lateral.AddInPlace(Functional.ResizeNearest(above, height, width));
    }

    private ConvolutionUnit[] Units(ModuleList<Sequential> blocks) => [.. blocks.Select(block => Own(block.Count == 1
        ? new ConvolutionUnit((Conv2d)block[0])
        : new ConvolutionUnit((Conv2d)block[0], block[1], _kind == FeaturePyramidKind.Parsing ? Activation.Relu : Activation.None)))];

    // Named "0" and "1" inside its level, as torchvision's block of convolution, normalisation and activation is.
    private Sequential Block(long inChannels, long outChannels, long kernel, Generator? generator)
    {
        bool normalises = _kind != FeaturePyramidKind.Detection;
        var convolution = new Conv2d(inChannels, outChannels, kernel, padding: kernel / 2, bias: !normalises, generator: generator);
        if (_kind == FeaturePyramidKind.Parsing) Init.KaimingNormal(convolution.Weight, generator: generator);
        else Init.KaimingUniform(convolution.Weight, nonlinearity: Nonlinearity.LeakyRelu, slope: 1, generator: generator);
        convolution.Bias?.Detach().ZeroInPlace();
        return normalises ? new Sequential(convolution, new BatchNorm2d(outChannels)) : new Sequential(convolution);
    }
}
