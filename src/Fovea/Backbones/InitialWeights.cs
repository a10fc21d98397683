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
