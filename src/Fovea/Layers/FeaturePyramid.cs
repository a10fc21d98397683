using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>FPN: a pyramid of feature maps, all semantically strong and with as many channels, from a backbone's C2 to C5.</summary>
/// <remarks>Lin, Dollar, Girshick, He, Hariharan, Belongie: "Feature Pyramid Networks for Object Detection" (CVPR 2017),
/// section 3. From the coarsest map down, each level is its lateral 1x1 convolution plus the enlarged level above, smoothed by
/// a 3x3 convolution. P6 is every second pixel of P5 (section 4.1, footnote 2).</remarks>
public sealed class FeaturePyramid : Module
{
    private readonly ConvolutionUnit[] _inner;
    private readonly ConvolutionUnit[] _smooth;

    /// <summary>A pyramid over maps of the given channels.</summary>
    /// <param name="inChannels">Channels of the backbone's maps, from fine to coarse.</param>
    /// <param name="outChannels">Channels of every level.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FeaturePyramid(IReadOnlyList<long> inChannels, long outChannels = 256, Generator? generator = null)
    {
        using var scope = new TensorScope();
        OutChannels = outChannels;
        _inner = Units(Child("inner_blocks", new ModuleList<Sequential>(inChannels.Select(c => Block(c, outChannels, 1, generator)))));
        _smooth = Units(Child("layer_blocks",
            new ModuleList<Sequential>(inChannels.Select(_ => Block(outChannels, outChannels, 3, generator)))));
    }

    /// <summary>Channels of every level.</summary>
    public long OutChannels { get; }

    /// <summary>C2..C5 to P2..P5 and P6.</summary>
    public Tensor[] Forward(Tensor[] features)
    {
        using var scope = new TensorScope();
        int count = features.Length;
        var levels = new Tensor[count + 1];
        Tensor inner = _inner[count - 1].Forward(features[count - 1]);
        levels[count - 1] = _smooth[count - 1].Forward(inner);
        for (int level = count - 2; level >= 0; level--)
        {
            inner = AddEnlarged(_inner[level].Forward(features[level]), inner);
            levels[level] = _smooth[level].Forward(inner);
        }
        levels[count] = Functional.MaxPool2d(levels[count - 1], 1, 2);
        return scope.Keep(levels);
    }

    // The lateral map becomes the sum: nothing else needs it.
    private static Tensor AddEnlarged(Tensor lateral, Tensor above)
    {
        using var scope = new TensorScope();
        return lateral.AddInPlace(Functional.ResizeNearest(above, lateral.Size(2), lateral.Size(3)));
    }

    private ConvolutionUnit[] Units(ModuleList<Sequential> blocks) =>
        [.. blocks.Select(block => Own(new ConvolutionUnit((Conv2d)block[0])))];

    // Named "0" inside its level, as torchvision's block of convolution, normalisation (none here) and activation (none) is.
    private static Sequential Block(long inChannels, long outChannels, long kernel, Generator? generator)
    {
        var convolution = new Conv2d(inChannels, outChannels, kernel, padding: kernel / 2, generator: generator);
        Init.KaimingUniform(convolution.Weight, nonlinearity: Nonlinearity.LeakyRelu, slope: 1, generator: generator);
        convolution.Bias!.Detach().ZeroInPlace();
        return new Sequential(convolution);
    }
}
