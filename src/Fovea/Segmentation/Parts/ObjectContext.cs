using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>OCR, object-contextual representations: every pixel next to what the regions of the classes, as far as it is like them, look
/// like.</summary>
/// <remarks>Yuan, Chen, Wang: "Object-Contextual Representations for Semantic Segmentation" (ECCV 2020), section 3.2, figure 3, equations 1
/// to 4. Pixels attend to K regions and not to each other: the attention is N x HW x K. The transforms are 1x1 convolutions with batch norm
/// and ReLU (section 3.3). That there are two of them before pixels and regions are compared, that similarities are divided by the square
/// root of the number of channels compared, and the dropout behind the last transform are the authors' program's.</remarks>
internal sealed class ObjectContext : Module
{
    private readonly Sequential _pixels, _regions;
    private readonly ConvNormActivation _values, _restore, _mix;
    private readonly Dropout _dropout;

    /// <param name="channels">C of the pixels.</param>
    /// <param name="compared">Channels in which pixels and regions are compared: 256 in the paper, where C is 512.</param>
    /// <param name="dropout">Chance that a number of the result is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ObjectContext(long channels, long compared, double dropout, Generator? generator = null)
    {
        ConvNormActivation Transform(long from, long to) => new(from, to, 1, 1, c => new BatchNorm2d(c), generator: generator);
        Sequential Twice() => new(Transform(channels, compared), Transform(compared, compared));
        _pixels = Child("pixels", Twice());
        _regions = Child("regions", Twice());
        _values = Child("values", Transform(channels, compared));
        _restore = Child("restore", Transform(compared, channels));
        _mix = Child("mix", Transform(2 * channels, channels));
        _dropout = Child("dropout", new Dropout(dropout));
        InitialWeights.FanIn(this, generator);
    }

    /// <summary>Pixels with their context.</summary>
    /// <param name="pixels">N x C x H x W.</param>
    /// <param name="scores">N x K x H x W: how much each pixel belongs to the region of each class, before softmax.</param>
    /// <returns>N x C x H x W.</returns>
    public Tensor Forward(Tensor pixels, Tensor scores)
    {
        using var scope = new TensorScope();
        Tensor regions = Gather(pixels, scores);                                        // N,C,K,1
        Tensor context = Attend(pixels, regions);                                       // N,C,H,W
        return scope.Keep(_dropout.Forward(_mix.Forward(Tensor.Cat([context, pixels], 1).ChannelsLast())));
    }

    /// <summary>Object region representations: of each class the mean of the pixels, weighted by softmax over the picture (equation
    /// 2).</summary>
    /// <returns>N x C x K x 1.</returns>
    internal static Tensor Gather(Tensor pixels, Tensor scores)
    {
        using var scope = new TensorScope();
        Tensor shares = scores.Flatten(2).Softmax(-1);                                  // N,K,HW
        return scope.Keep(shares.MatMul(Positions(pixels)).Transpose(1, 2).Unsqueeze(3));
    }

    // Equations 3 and 4.
    private Tensor Attend(Tensor pixels, Tensor regions)
    {
        using var scope = new TensorScope();
        Tensor query = Positions(_pixels.Forward(pixels));                              // N,HW,compared
        Tensor keys = Positions(_regions.Forward(regions)), values = Positions(_values.Forward(regions));      // N,K,compared
        Tensor context = Functional.Attention(query, keys, values).Transpose(1, 2)
            .Reshape(pixels.Size(0), -1, pixels.Size(2), pixels.Size(3));               // N,compared,H,W
        return scope.Keep(_restore.Forward(context));
    }

    // N,C,H,W -> N,HW,C.
    private static Tensor Positions(Tensor map) => map.Flatten(2).Transpose(1, 2);
}
