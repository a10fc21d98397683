namespace Fovea.Segmentation.Crf;

/// <summary>The numbers of a CRF that is trained with its network.</summary>
/// <remarks>Zheng et al.: "Conditional Random Fields as Recurrent Neural Networks" (ICCV 2015). The kernels' widths are not trained; their
/// defaults and the weights' initial values are those that the authors published with their network.</remarks>
public sealed record CrfRnnOptions
{
    /// <summary>The defaults of each property.</summary>
    public static CrfRnnOptions Default { get; } = new();

    /// <summary>Rounds of mean field while training. Default: 5 (section 5.3: more make gradients vanish).</summary>
    public int TrainingIterations { get; init => field = Check.Positive(value); } = 5;

    /// <summary>Rounds of mean field in evaluation mode. Default: 10 (section 5.3).</summary>
    public int Iterations { get; init => field = Check.Positive(value); } = 10;

    /// <summary>theta_gamma: standard deviation of the spatial kernel in pixels. Default: 3.</summary>
    public double SpatialWidth { get; init => field = Check.Positive(value); } = 3;

    /// <summary>theta_alpha: standard deviation of the bilateral kernel in pixels. Default: 160.</summary>
    public double BilateralWidth { get; init => field = Check.Positive(value); } = 160;

    /// <summary>theta_beta: standard deviation of the bilateral kernel in levels of a colour channel, of which there are 256.
    /// Default: 3.</summary>
    public double BilateralColorWidth { get; init => field = Check.Positive(value); } = 3;

    /// <summary>The spatial kernel's weight before training, for all classes. Default: 3.</summary>
    public double InitialSpatialWeight { get; init => field = Check.NotNegative(value); } = 3;

    /// <summary>The bilateral kernel's weight before training, for all classes. Default: 5.</summary>
    public double InitialBilateralWeight { get; init => field = Check.NotNegative(value); } = 5;

    /// <summary>How the kernels' sums are brought to scale. Default: each pixel gets the weighted mean of all, as in the authors'
    /// layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None of the named values.</exception>
    public CrfNormalization Normalization
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Normalization), value, "None, Symmetric or Row is needed.");
    } = CrfNormalization.Row;
}
