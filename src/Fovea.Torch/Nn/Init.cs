namespace Fovea.Torch.Nn;

/// <summary>Which side of a weight its scale keeps steady.</summary>
public enum FanMode
{
    /// <summary>Inputs of one output: activations keep their size on the way forward.</summary>
    In,
    /// <summary>Outputs of one input: gradients keep their size on the way back.</summary>
    Out,
}

/// <summary>What follows a layer, for the gain of its weights.</summary>
public enum Nonlinearity
{
    /// <summary>Nothing.</summary>
    Linear,
    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>max(x, 0).</summary>
    Relu,
    /// <summary>x where positive, a small slope times x elsewhere.</summary>
    LeakyRelu,
    /// <summary>Scaled exponential linear unit.</summary>
    Selu,
}

/// <summary>First values of parameters. Each method fills a tensor in place, unrecorded, and returns it.</summary>
/// <remarks>
/// Weights are out x in x kernel...; fan-in is in times the kernel's size, fan-out is out times it. With a generator of the
/// same seed the numbers
/// are PyTorch's own, up to rounding. Without a generator the process's default one is used.
/// </remarks>
public static class Init
{
    private static readonly Operator InverseErrorFunction = new("aten::erfinv_");
    private static readonly Operator ErrorFunction = new("aten::erf");
    private static readonly Operator ClampInPlace = new("aten::clamp_");
    private static readonly Operator Qr = new("aten::linalg_qr");
    private static readonly Operator Diagonal = new("aten::diagonal");
    private static readonly Operator Sign = new("aten::sign");

    /// <summary>The factor that keeps the variance of what passes the nonlinearity.</summary>
    /// <param name="nonlinearity">What follows the layer.</param>
    /// <param name="slope">For <see cref="Nonlinearity.LeakyRelu"/>, the slope of the negative side.</param>
    public static double Gain(Nonlinearity nonlinearity, double slope = 0.01) => nonlinearity switch
    {
        Nonlinearity.Linear or Nonlinearity.Sigmoid => 1,
        Nonlinearity.Tanh => 5.0 / 3,
        Nonlinearity.Relu => Math.Sqrt(2),
        Nonlinearity.LeakyRelu => Math.Sqrt(2 / (1 + slope * slope)),
        Nonlinearity.Selu => 0.75,
        _ => throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, "Not a known nonlinearity."),
    };

    /// <summary>One value everywhere.</summary>
    public static Tensor Constant(Tensor tensor, double value) => Unrecorded(tensor, () => tensor.FillInPlace(value));

    /// <summary>A normal distribution.</summary>
    public static Tensor Normal(Tensor tensor, double mean = 0, double standardDeviation = 1, Generator? generator = null) =>
        Unrecorded(tensor, () => tensor.NormalInPlace(mean, standardDeviation, generator));

    /// <summary>The uniform distribution in [from, to).</summary>
    public static Tensor Uniform(Tensor tensor, double from = 0, double to = 1, Generator? generator = null) =>
        Unrecorded(tensor, () => tensor.UniformInPlace(from, to, generator));

    /// <summary>He initialisation, normal: standard deviation gain / sqrt(fan). What torchvision's ResNets start from, with
    /// fan-out.</summary>
    /// <remarks>He, Zhang, Ren, Sun: "Delving Deep into Rectifiers" (ICCV 2015), section 2.2.</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor KaimingNormal(
        Tensor weight, FanMode mode = FanMode.In, Nonlinearity nonlinearity = Nonlinearity.Relu,
        double slope = 0.01, Generator? generator = null) =>
        Normal(weight, 0, Gain(nonlinearity, slope) / Math.Sqrt(Fan(weight, mode)), generator);

    /// <summary>He initialisation, uniform in +-gain sqrt(3 / fan).</summary>
    /// <remarks>He, Zhang, Ren, Sun: "Delving Deep into Rectifiers" (ICCV 2015), section 2.2.</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor KaimingUniform(
        Tensor weight, FanMode mode = FanMode.In, Nonlinearity nonlinearity = Nonlinearity.Relu,
        double slope = 0.01, Generator? generator = null)
    {
        double bound = Math.Sqrt(3) * (Gain(nonlinearity, slope) / Math.Sqrt(Fan(weight, mode)));
        return Uniform(weight, -bound, bound, generator);
    }

    /// <summary>Glorot initialisation, normal: variance 2 gain^2 / (fan-in + fan-out).</summary>
    /// <remarks>Glorot and Bengio: "Understanding the difficulty of training deep feedforward neural networks" (AISTATS 2010),
    /// equation 12.</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor XavierNormal(Tensor weight, double gain = 1, Generator? generator = null) =>
        Normal(weight, 0, gain * Math.Sqrt(2.0 / (Fan(weight, FanMode.In) + Fan(weight, FanMode.Out))), generator);

    /// <summary>Glorot initialisation, uniform: variance 2 gain^2 / (fan-in + fan-out).</summary>
    /// <remarks>Glorot and Bengio: "Understanding the difficulty of training deep feedforward neural networks" (AISTATS 2010),
    /// equation 16.</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor XavierUniform(Tensor weight, double gain = 1, Generator? generator = null)
    {
        double bound = Math.Sqrt(3) * (gain * Math.Sqrt(2.0 / (Fan(weight, FanMode.In) + Fan(weight, FanMode.Out))));
        return Uniform(weight, -bound, bound, generator);
    }

    /// <summary>LeCun initialisation: a normal distribution of variance 1 / fan-in, cut off at two of its deviations before it is brought
    /// to that variance.</summary>
    /// <remarks>LeCun, Bottou, Orr, Mueller: "Efficient BackProp" (1998), section 4.6; cut off as JAX, whose layers start so,
    /// does.</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor LeCunNormal(Tensor weight, Generator? generator = null)
    {
        const double cutDeviation = 0.87962566103423978;       // of the standard normal distribution between -2 and 2
        double deviation = 1 / Math.Sqrt(Fan(weight, FanMode.In)) / cutDeviation;
        return TruncatedNormal(weight, 0, deviation, -2 * deviation, 2 * deviation, generator);
    }

    /// <summary>A normal distribution cut off outside [from, to], in absolute values: how transformers start.</summary>
    /// <remarks>Drawn by the inverse of the distribution function, so every draw counts; float32 places a few per million at
    /// the very ends.</remarks>
    /// <exception cref="ArgumentException">The limits are not in order, or the deviation is not above 0.</exception>
    public static Tensor TruncatedNormal(
        Tensor tensor, double mean = 0, double standardDeviation = 1, double from = -2, double to = 2, Generator? generator = null)
    {
        if (!(from < to)) throw new ArgumentException($"The limits {from} and {to} are not in order.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(standardDeviation);
        return Unrecorded(tensor, () =>
        {
            double Erf(double limit) =>
                ErrorFunction.Call(Tensor.Scalar((limit - mean) / standardDeviation / Math.Sqrt(2), DType.Float64)).Item();
            tensor.UniformInPlace(Erf(from), Erf(to), generator);
            InverseErrorFunction.Do(tensor);
            tensor.MultiplyInPlace(standardDeviation * Math.Sqrt(2)).AddInPlace(mean);
            ClampInPlace.Do(tensor, from, to);
        });
    }

    /// <summary>The transposed convolution that enlarges each channel by bilinear interpolation, by half of the kernel's side rounded up:
    /// tents on the diagonal, zeros between channels.</summary>
    /// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), section 3.3.</remarks>
    /// <param name="weight">in x out x k x k.</param>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static Tensor Bilinear(Tensor weight)
    {
        if (weight.Dim != 4 || weight.Size(2) != weight.Size(3))
            throw new ArgumentException($"{weight.Describe()} arrived, but in x out x k x k was expected.", nameof(weight));
        long side = weight.Size(2), factor = (side + 1) / 2;
        double centre = (side - 1) / 2.0;
        double[] tent = [.. Enumerable.Range(0, (int)side).Select(i => 1 - Math.Abs(i - centre) / factor)];
        return Unrecorded(weight, () =>
        {
            Tensor line = Tensor.From(tent, side, 1), kernel = line.MatMul(line.Transpose(0, 1));     // k,k
            weight.ZeroInPlace();
            for (long i = 0; i < Math.Min(weight.Size(0), weight.Size(1)); i++) weight.Select(0, i).Select(0, i).CopyInPlace(kernel);
        });
    }

    /// <summary>Rows (or columns, where there are fewer) that are orthogonal and of length <paramref name="gain"/>.</summary>
    /// <remarks>Saxe, McClelland, Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    /// networks" (ICLR 2014).</remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor Orthogonal(Tensor weight, double gain = 1, Generator? generator = null)
    {
        long rows = weight.Dim >= 2 ? weight.Size(0) : throw TooFlat(weight);
        return weight.Numel == 0 ? weight : Unrecorded(weight, () =>
        {
            long columns = weight.Numel / rows;
            Tensor random = Tensor.Randn([rows, columns], generator);
            (Tensor q, Tensor r) = Qr.Call2(rows < columns ? random.Transpose(0, 1) : random, "reduced");
            q *= Sign.Call(Diagonal.Call(r));     // the one Q for which R's diagonal is positive: it is uniformly distributed
            weight.CopyInPlace((rows < columns ? q.Transpose(0, 1) : q).Reshape(weight.Shape)).MultiplyInPlace(gain);
        });
    }

    private static long Fan(Tensor weight, FanMode mode)
    {
        long[] shape = weight.Shape;
        if (shape.Length < 2) throw TooFlat(weight);
        long kernel = 1;
        foreach (long size in shape.AsSpan(2)) kernel *= size;
        return Math.Max(1, kernel * (mode == FanMode.In ? shape[1] : shape[0]));
    }

    private static ArgumentException TooFlat(Tensor weight) =>
        new($"{weight.Describe()} has no fan-in and fan-out: a weight of at least two dimensions was expected.");

    private static Tensor Unrecorded(Tensor tensor, Action fill)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        fill();
        return tensor;
    }
}
