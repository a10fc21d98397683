namespace Fovea.Torch.Nn;

/// <summary>Batch normalisation of N x C x H x W: each channel to mean 0 and variance 1, then a learned scale and shift.</summary>
/// <remarks>Ioffe and Szegedy: "Batch Normalization" (ICML 2015). Training uses the batch's statistics and moves the running
/// ones towards them; evaluation uses the running ones. So does training where a channel has but one number (a batch of one 1 x 1 map),
/// which has no variance: PyTorch refuses it.</remarks>
public sealed class BatchNorm2d : Layer
{
    private readonly Tensor _batches;

    /// <summary>Normalises so many channels.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Weight of a new batch in the running statistics.</param>
    public BatchNorm2d(long channels, double epsilon = 1e-5, double momentum = 0.1)
    {
        Epsilon = epsilon;
        Momentum = momentum;
        Weight = Parameter("weight", Tensor.Ones([channels]));
        Bias = Parameter("bias", Tensor.Zeros([channels]));
        RunningMean = Buffer("running_mean", Tensor.Zeros([channels]));
        RunningVariance = Buffer("running_var", Tensor.Ones([channels]));
        _batches = Buffer("num_batches_tracked", Tensor.Zeros([], DType.Int64));
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Weight of a new batch in the running statistics.</summary>
    public double Momentum { get; }

    /// <summary>Scale: C.</summary>
    public Tensor Weight { get; }

    /// <summary>Shift: C.</summary>
    public Tensor Bias { get; }

    /// <summary>Running mean: C.</summary>
    public Tensor RunningMean { get; }

    /// <summary>Running variance: C.</summary>
    public Tensor RunningVariance { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        bool measures = Training && input.Numel > input.Size(1);
        if (measures) _batches.AddInPlace(1);
        return Operators.BatchNorm.Call(input, Weight, Bias, RunningMean, RunningVariance, measures, Momentum, Epsilon, true);
    }
}
