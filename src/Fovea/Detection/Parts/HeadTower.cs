using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>The 3x3 convolutions that a one-stage head begins with, each followed by ReLU, the same for all levels of a pyramid.</summary>
/// <remarks>Lin et al.: "Focal Loss for Dense Object Detection" (ICCV 2017), section 4: four of them, weights from a Gaussian of deviation
/// 0.01. Group norm before each ReLU: Tian et al.: "FCOS", the authors' "improvements" (ICCV 2019, table 3). Parameter names are
/// torchvision's.</remarks>
public sealed class HeadTower : Layer
{
    private readonly (ConvolutionUnit Convolution, GroupNorm? Norm)[] _steps;

    /// <summary>A tower.</summary>
    /// <param name="channels">Channels of every map.</param>
    /// <param name="depth">Number of convolutions.</param>
    /// <param name="groupNorm">Whether group norm follows each convolution.</param>
    /// <param name="flatNames">Names as in FCOS ("0" and "1" for convolution and norm, "3" and "4" for the next) instead of RetinaNet's
    /// ("0.0" and "0.1", "1.0" and "1.1").</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public HeadTower(long channels, int depth, bool groupNorm, bool flatNames, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _steps = new (ConvolutionUnit, GroupNorm?)[depth];
        for (int i = 0; i < depth; i++)
        {
            // Where torchvision puts two layers into one, the convolution in front of a normalisation has no bias.
            Conv2d convolution = Gaussian(channels, channels, bias: flatNames || !groupNorm, generator);
            GroupNorm? norm = groupNorm ? new GroupNorm(channels) : null;
            if (flatNames)
            {
                Child($"{3 * i}", convolution);
                if (norm is not null) Child($"{3 * i + 1}", norm);
            }
            else Child($"{i}", norm is null ? new Sequential(convolution) : new Sequential(convolution, norm));
            _steps[i] = (Own(new ConvolutionUnit(convolution, activation: norm is null ? Activation.Relu : Activation.None)), norm);
        }
    }

    /// <summary>A 3x3 convolution that keeps the size, with weights from a Gaussian of deviation 0.01 and bias 0.</summary>
    internal static Conv2d Gaussian(long inChannels, long outChannels, bool bias, Generator? generator)
    {
        var convolution = new Conv2d(inChannels, outChannels, 3, padding: 1, bias: bias, generator: generator);
        Init.Normal(convolution.Weight, 0, 0.01, generator);
        if (bias) Init.Constant(convolution.Bias!, 0);
        return convolution;
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        Tensor x = input;
        foreach ((ConvolutionUnit convolution, GroupNorm? norm) in _steps)
        {
            Tensor output = convolution.Forward(x);
            scope.Release(x);
            x = output;
            if (norm is null) continue;
            x = norm.Forward(output).ReluInPlace();
            scope.Release(output);
        }
        return scope.Keep(x);
    }
}
