using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>First values that several families share.</summary>
internal static class InitialWeights
{
    /// <summary>Convolutions as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-out mode, with zero biases.</summary>
    public static void FanOut(Module network, Generator? generator)
    {
        foreach ((_, Module module) in network.NamedModules())
        {
            if (module is not Conv2d convolution) continue;
            Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
            if (convolution.Bias is { } bias) Init.Constant(bias, 0);
        }
    }

    /// <summary>Convolutions from a normal distribution of variance 2 / N for the N numbers that reach one output (He et al., fan-in mode);
    /// transposed ones too, where N is in kernel^2 / stride^2 on average. Biases are zero.</summary>
    public static void FanIn(Module network, Generator? generator)
    {
        foreach ((_, Module module) in network.NamedModules())
        {
            if (module is Conv2d convolution)
            {
                Init.KaimingNormal(convolution.Weight, generator: generator);
                if (convolution.Bias is { } bias) Init.Constant(bias, 0);
            }
            else if (module is ConvTranspose2d transposed)
            {
                Init.Normal(transposed.Weight, 0, Math.Sqrt(2 / FanIn(transposed)), generator);
                if (transposed.Bias is { } bias) Init.Constant(bias, 0);
            }
        }
    }

    /// <summary>As <see cref="FanIn(Module, Generator?)"/>, from uniform distributions.</summary>
    public static void FanInUniform(Module network, Generator? generator)
    {
        foreach ((_, Module module) in network.NamedModules())
        {
            if (module is Conv2d convolution)
            {
                Init.KaimingUniform(convolution.Weight, generator: generator);
                if (convolution.Bias is { } bias) Init.Constant(bias, 0);
            }
            else if (module is ConvTranspose2d transposed)
            {
                double bound = Math.Sqrt(6 / FanIn(transposed));
                Init.Uniform(transposed.Weight, -bound, bound, generator);
                if (transposed.Bias is { } bias) Init.Constant(bias, 0);
            }
        }
    }

    /// <summary>How many numbers reach one output of a transposed convolution, on average.</summary>
    public static double FanIn(ConvTranspose2d layer) =>
        (double)layer.Weight.Size(0) / layer.Groups * layer.Weight.Size(2) * layer.Weight.Size(3) / (layer.Stride[0] * layer.Stride[1]);

    /// <summary>Fully connected layers from a normal distribution, with zero biases.</summary>
    public static void NormalLinear(Module network, double deviation, Generator? generator)
    {
        foreach ((_, Module module) in network.NamedModules())
        {
            if (module is not Linear layer) continue;
            Init.Normal(layer.Weight, 0, deviation, generator);
            if (layer.Bias is { } bias) Init.Constant(bias, 0);
        }
    }
}
