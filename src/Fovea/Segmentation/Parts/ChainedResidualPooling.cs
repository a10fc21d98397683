using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Chained residual pooling: ReLU, then blocks of 5x5 max pooling and a 3x3 convolution in a row, the results of all added to
/// it.</summary>
/// <remarks>Lin, Milan, Shen, Reid: "RefineNet" (CVPR 2017), section 3.2, figure 3 d: every block sees four pixels farther than the one before.
/// The convolutions begin from a deviation of 0.01, so that the chain begins near the identity.</remarks>
internal sealed class ChainedResidualPooling : Layer
{
    private const int Window = 5;

    private readonly ModuleList<ConvNormActivation> _blocks;

    /// <param name="channels">C.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ChainedResidualPooling(long channels, int count, Generator? generator)
    {
        _blocks = Child("blocks", new ModuleList<ConvNormActivation>(Enumerable.Range(0, count).Select(_ =>
            new ConvNormActivation(channels, channels, 3, 1, norm: null, Activation.None, generator: generator))));
        foreach (ConvNormActivation block in _blocks)
        {
            Init.Normal(block.Convolution.Weight, 0, 0.01, generator);
            Init.Constant(block.Convolution.Bias!, 0);
        }
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor x = input.Relu(), sum = x;
        foreach (ConvNormActivation block in _blocks)
        {
            x = block.Forward(Functional.MaxPool2d(x, Window, 1, Window / 2));
            sum = sum + x;
        }
        return sum;
    }
}
