namespace Fovea.Segmentation.Crf;

/// <summary>How the sums of a kernel over all pixels are brought to scale. Without it a pixel in the open counts more neighbours than one
/// in a corner or of a rare colour.</summary>
public enum CrfNormalization
{
    /// <summary>The kernel as it is, 1 at distance 0.</summary>
    None,
    /// <summary>D^-1/2 K D^-1/2, where D is the sum of each row: stays symmetric. The default of the authors' later code.</summary>
    Symmetric,
    /// <summary>D^-1 K: each pixel gets the weighted mean of all others, and a constant stays constant.</summary>
    Row,
}

/// <summary>The numbers of a fully connected CRF.</summary>
/// <remarks>Kraehenbuehl, Koltun: "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials" (NIPS 2011), equations 2
/// and 3. Defaults of widths and weights lie in the middle of what Chen et al. searched for networks' probabilities of photographs of about
/// 500 x 375 ("DeepLab", TPAMI 2018, section 4: w2 = theta_gamma = 3, w1 3 to 6, theta_alpha 30 to 100, theta_beta 3 to 6). The authors'
/// own example program, for hand-drawn strokes, has w1 = 10, theta_alpha = 80, theta_beta = 13.</remarks>
public sealed record DenseCrfOptions
{
    /// <summary>The defaults of each property.</summary>
    public static DenseCrfOptions Default { get; } = new();

    /// <summary>Rounds of mean field. Default: 10 (the paper, section 6: it has converged by then); 0 leaves the unaries alone.</summary>
    public int Iterations { get; init => field = Check.NotNegative(value); } = 10;

    /// <summary>theta_gamma: standard deviation of the spatial kernel in pixels. Default: 3.</summary>
    public double SpatialWidth { get; init => field = Check.Positive(value); } = 3;

    /// <summary>Weight of the spatial kernel, w2; 0 leaves it out. Default: 3.</summary>
    public double SpatialWeight { get; init => field = Check.NotNegative(value); } = 3;

    /// <summary>theta_alpha: standard deviation of the bilateral kernel in pixels. Default: 50.</summary>
    public double BilateralWidth { get; init => field = Check.Positive(value); } = 50;

    /// <summary>theta_beta: standard deviation of the bilateral kernel in levels of a colour channel, of which there are 256. Default:
    /// 5.</summary>
    public double BilateralColorWidth { get; init => field = Check.Positive(value); } = 5;

    /// <summary>Weight of the bilateral kernel, w1; 0 leaves it out. Default: 4.</summary>
    public double BilateralWeight { get; init => field = Check.NotNegative(value); } = 4;

    /// <summary>How the kernels' sums are brought to scale. Default: symmetric.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None of the named values.</exception>
    public CrfNormalization Normalization
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Normalization), value, "None, Symmetric or Row is needed.");
    } = CrfNormalization.Symmetric;

    /// <summary>mu, K x K: what it costs per unit of kernel that a pixel has the row's class and a neighbour the column's. Default: null
    /// for Potts, 1 where the classes differ and 0 where they agree. A copy is kept and a copy is given.</summary>
    /// <exception cref="ArgumentException">Not square, or a number is not finite.</exception>
    public double[,]? Compatibility
    {
        get => (double[,]?)field?.Clone();
        init => field = value is null ? null : Checked(value);
    }

    /// <summary>Probabilities below it count as it, so that a class that a network has ruled out can come back. Default: 1e-5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0 and below 1.</exception>
    public double ProbabilityFloor
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ProbabilityFloor), value, "ProbabilityFloor must lie above 0 and below 1.");
    } = 1e-5;

    private static double[,] Checked(double[,] matrix)
    {
        if (matrix.GetLength(0) != matrix.GetLength(1) || matrix.Length == 0)
            throw new ArgumentException($"A compatibility of {matrix.GetLength(0)} x {matrix.GetLength(1)} was given; it needs a row and " +
                "a column for each class.", nameof(Compatibility));
        foreach (double cost in matrix)
            if (!double.IsFinite(cost))
                throw new ArgumentException($"A compatibility holds {cost}; finite numbers are needed.", nameof(Compatibility));
        return (double[,])matrix.Clone();
    }
}
