namespace Fovea.Torch.Nn;

/// <summary>Group normalisation: the channels of a picture in groups, each brought to mean 0 and variance 1 over all of its pixels, then a
/// learned scale and shift of each channel.</summary>
/// <remarks>Wu and He: "Group Normalization" (ECCV 2018), section 3. Training and evaluation are the same.</remarks>
public sealed class GroupNorm : Layer
{
    private readonly int _groups;

    /// <summary>Normalises so many channels.</summary>
    /// <param name="channels">C.</param>
    /// <param name="groups">Number of groups: 32 in the paper. It divides C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentException">The channels cannot be shared out among the groups.</exception>
    public GroupNorm(long channels, int groups = 32, double epsilon = 1e-5)
    {
        if (groups < 1 || channels % groups != 0)
            throw new ArgumentException($"{channels} channels cannot be shared out among {groups} groups: take a multiple of {groups}.",
                nameof(channels));
        (_groups, Epsilon) = (groups, epsilon);
        Weight = Parameter("weight", Tensor.Ones([channels]));
        Bias = Parameter("bias", Tensor.Zeros([channels]));
    }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>Scale, one for each channel.</summary>
    public Tensor Weight { get; }

    /// <summary>Shift, one for each channel.</summary>
    public Tensor Bias { get; }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input) => Operators.GroupNorm.Call(input, _groups, Weight, Bias, Epsilon, true);
}
