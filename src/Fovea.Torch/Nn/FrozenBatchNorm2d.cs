namespace Fovea.Torch.Nn;

/// <summary>Batch normalisation whose statistics, scale and shift are fixed: one multiplication and one addition a channel.</summary>
/// <remarks>Detectors train on batches too small for batch statistics and keep those of the pre-trained backbone (He et al.:
/// "Deep Residual Learning", CVPR 2016, appendix A). State as torchvision's FrozenBatchNorm2d: four buffers, no parameters.</remarks>
public sealed class FrozenBatchNorm2d : Layer
{
    /// <summary>Normalises so many channels.</summary>
    public FrozenBatchNorm2d(long channels, double epsilon = 1e-5)
    {
        Epsilon = epsilon;
        Weight = Buffer("weight", Tensor.Ones([channels]));
        Bias = Buffer("bias", Tensor.Zeros([channels]));
        RunningMean = Buffer("running_mean", Tensor.Zeros([channels]));
        RunningVariance = Buffer("running_var", Tensor.Ones([channels]));
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Scale: C.</summary>
    public Tensor Weight { get; }

    /// <summary>Shift: C.</summary>
    public Tensor Bias { get; }

    /// <summary>Mean: C.</summary>
    public Tensor RunningMean { get; }

    /// <summary>Variance: C.</summary>
    public Tensor RunningVariance { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        Tensor scale = Weight * Operators.Power.Call(RunningVariance + Epsilon, -0.5);   // C
        Tensor shift = Bias - RunningMean * scale;                                       // C
        return input * scale.View(1, -1, 1, 1) + shift.View(1, -1, 1, 1);
    }
}
