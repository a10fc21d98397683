using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>A convolution (or one of n x 1 and one of 1 x n), batch norm and PReLU: the brick of ENet.</summary>
internal sealed class ConvNormPRelu : Layer
{
    private readonly ConvolutionUnit? _before;
    private readonly ConvolutionUnit _unit;
    private readonly PRelu _activation;

    /// <summary>A brick around a convolution without bias, and perhaps another one before it.</summary>
    public ConvNormPRelu(Conv2d convolution, Conv2d? before = null)
    {
        long channels = convolution.Weight.Size(0);
        if (before is not null) _before = Own(new ConvolutionUnit(Child("before", before)));
        _unit = Own(new ConvolutionUnit(Child("conv", convolution), Child("norm", new BatchNorm2d(channels))));
        _activation = Child("prelu", new PRelu(channels));
    }

    protected override Tensor Apply(Tensor input) => _activation.Forward(_unit.Forward(_before?.Forward(input) ?? input));
}
