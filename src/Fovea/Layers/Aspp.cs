using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>ASPP, atrous spatial pyramid pooling: a map looked at through windows of several widths at once, and as a whole; all views are
/// joined and mixed by a 1x1 convolution.</summary>
/// <remarks>Chen, Papandreou, Kokkinos, Murphy, Yuille: "DeepLab" (PAMI 2018), section 3.2, in the form of Chen, Papandreou, Schroff, Adam:
/// "Rethinking Atrous Convolution for Semantic Image Segmentation" (2017), section 3.3, figure 5: a 1x1 convolution, dilated 3x3
/// convolutions, the mean of the map through a 1x1 convolution, all with batch norm. Parameter names (convs.0.0, ..., project.0) and initial
/// weights are torchvision's. Before the mean is spread over the map again torchvision enlarges it bilinearly, which is the same.</remarks>
public sealed class Aspp : Layer
{
    private readonly ConvolutionUnit[] _views;
    private readonly ConvolutionUnit _whole, _project;
    private readonly Dropout _dropout;

    /// <summary>A pyramid over a map.</summary>
    /// <param name="channels">C of the map.</param>
    /// <param name="rates">Dilations of the 3x3 convolutions, such as 12, 24 and 36 for a map at 1/8 of the picture.</param>
    /// <param name="outChannels">Channels of each view and of the result.</param>
    /// <param name="dropout">Chance that a number of the result is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Aspp(long channels, IReadOnlyList<int> rates, long outChannels = 256, double dropout = 0.5, Generator? generator = null)
    {
        using var scope = new TensorScope();
        var views = new List<Sequential> { Brick(0, channels, outChannels, 1, 1, generator) };
        foreach (int rate in rates) views.Add(Brick(0, channels, outChannels, 3, rate, generator));
        Sequential whole = Brick(1, channels, outChannels, 1, 1, generator);           // "0" is the mean, which has no state
        Child("convs", new ModuleList<Sequential>([.. views, whole]));
        Sequential project = Child("project", Brick(0, (views.Count + 1) * outChannels, outChannels, 1, 1, generator));
        _views = [.. views.Select(Unit)];
        (_whole, _project) = (Unit(whole), Unit(project));
        _dropout = Child("dropout", new Dropout(dropout));
    }

    /// <summary>N x C x H x W to N x out x H x W.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor mean = _whole.Forward(input.Mean([2, 3], keepDimensions: true));                // N,out,1,1
        Tensor spread = mean.Expand(-1, -1, input.Size(2), input.Size(3));              // N,out,H,W
        Tensor[] views = [.. _views.Select(view => view.Forward(input)), spread];
        return _dropout.Forward(_project.Forward(Tensor.Cat(views, 1)));
    }

    private ConvolutionUnit Unit(Sequential brick) => Own(new ConvolutionUnit((Conv2d)brick[0], brick[1], Activation.Relu));

    private static Sequential Brick(int first, long channels, long outChannels, long kernel, long rate, Generator? generator) => new(
    [
        ($"{first}", new Conv2d(channels, outChannels, kernel, padding: kernel / 2 * rate, dilation: rate, bias: false, generator: generator)),
        ($"{first + 1}", new BatchNorm2d(outChannels)),
    ]);
}
