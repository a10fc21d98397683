using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>PReLU: x where positive, x times a learned slope elsewhere, one for each channel.</summary>
/// <remarks>He, Zhang, Ren, Sun: "Delving Deep into Rectifiers" (ICCV 2015), section 2.1: slopes begin at 0.25.</remarks>
public sealed class PRelu : Layer
{
    private static readonly Operator Rectify = new("aten::prelu");

    /// <summary>Slopes of so many channels.</summary>
    /// <param name="channels">C.</param>
    public PRelu(long channels) => Weight = Parameter("weight", Tensor.Full([channels], 0.25));

    /// <summary>The slopes: C.</summary>
    public Tensor Weight { get; }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input) => Rectify.Call(input, Weight);
}
