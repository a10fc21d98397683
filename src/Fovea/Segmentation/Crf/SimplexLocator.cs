namespace Fovea.Segmentation.Crf;

/// <summary>Where a point lies in the permutohedral lattice: the d + 1 vertices of the simplex around it, and its barycentric
/// coordinates there.</summary>
/// <remarks>Adams, Baek, Davis: "Fast High-Dimensional Filtering Using the Permutohedral Lattice" (Eurographics 2010), sections 3.1 and
/// 3.2. The lattice lives in the hyperplane of R^(d+1) whose coordinates sum to zero. Its vertices have whole coordinates that all leave
/// the same remainder r when divided by d + 1; a simplex has one vertex of each remainder 0 .. d. A vertex is known by its first d
/// coordinates, packed into 128 bits, so that a step to a neighbour is one addition.</remarks>
internal sealed unsafe class SimplexLocator
{
    /// <summary>Most numbers a feature may have: their vertices' coordinates share 128 bits.</summary>
    public const int MaxDimension = 8;

    private readonly int _dimension, _bits;
    private readonly double[] _scales;

    /// <summary>A lattice for features of so many numbers.</summary>
    /// <param name="dimension">d, 1 to 8.</param>
    public SimplexLocator(int dimension)
    {
        if (dimension is < 1 or > MaxDimension)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"A feature may have 1 to {MaxDimension} numbers.");
        _dimension = dimension;
        _bits = Math.Min(31, 126 / dimension);
        // Splatting and slicing each spread a point with variance (d+1)^2 / 12, the blur with (d+1)^2 / 2: together 2/3 (d+1)^2 in every
        // direction, and that has to be the features' unit variance (section 3.2).
        double unit = Math.Sqrt(2.0 / 3) * (dimension + 1);
        _scales = [.. Enumerable.Range(1, dimension).Select(i => unit / Math.Sqrt(i * (i + 1.0)))];
        double steepest = _scales.Select((scale, i) => (i + 1) * scale).Max();
        Reach = ((1L << (_bits - 1)) - 4 * (dimension + 1)) / (_scales.Sum() + steepest);

        Steps = new UInt128[dimension + 1];
        UInt128 all = 0;
        for (int i = 0; i < dimension; i++) all += Unit(i);
        for (int axis = 0; axis <= dimension; axis++)
            Steps[axis] = axis < dimension ? all - Unit(axis) * (UInt128)(dimension + 1) : all;
    }

    /// <summary>Largest size of a feature's numbers for which coordinates fit their share of a key.</summary>
    public double Reach { get; }

    /// <summary>What to add to a vertex's key for the next vertex along each of the d + 1 axes: 1 to every coordinate, and -d to the
    /// axis' own.</summary>
    public UInt128[] Steps { get; }

    /// <summary>By what the sums over the lattice have to be multiplied so that a kernel integrates to what the Gaussian exp(-x^2 / 2)
    /// integrates to.</summary>
    /// <remarks>The lattice hands on mass: a point's shares sum to 1. The density of a Gaussian of variance 2/3 (d+1)^2 at its centre,
    /// times the volume that belongs to a vertex, (d+1)^d / sqrt(d+1), is what arrives at the centre; its inverse is the gain.</remarks>
    public double Gain => Math.Pow(4 * Math.PI / 3, _dimension / 2.0) * Math.Sqrt(_dimension + 1);

    /// <summary>Finds the simplex.</summary>
    /// <param name="feature">d numbers, none above <see cref="Reach"/>.</param>
    /// <param name="keys">d + 1 keys, overwritten: the vertices of remainder 0 .. d.</param>
    /// <param name="weights">d + 1 floats, overwritten: not negative, and their sum is 1.</param>
    public void Locate(float* feature, UInt128* keys, float* weights)
    {
        int d = _dimension;
        double* at = stackalloc double[d + 1], shares = stackalloc double[d + 2];
        int* rank = stackalloc int[d + 1], axisOfRank = stackalloc int[d + 1];
        Elevate(feature, at);

        // The nearest vertex of remainder 0 in each coordinate by itself; the excess says by how many steps their sum misses zero.
        double* nearest = stackalloc double[d + 1];
        int excess = 0;
        for (int i = 0; i <= d; i++)
        {
            double multiple = Math.Floor(at[i] / (d + 1) + 0.5);
            nearest[i] = multiple * (d + 1);
            excess += (int)multiple;
            at[i] -= nearest[i];
            rank[i] = 0;
        }
        for (int i = 0; i < d; i++)
            for (int j = i + 1; j <= d; j++)
                rank[at[i] < at[j] ? i : j]++;

        // Those that were rounded farthest up (or down) go one multiple back, until the sum is zero.
        for (int i = 0; i <= d; i++)
        {
            int moved = rank[i] + excess;
            int turn = moved < 0 ? d + 1 : moved > d ? -(d + 1) : 0;
            (rank[i], nearest[i], at[i]) = (moved + turn, nearest[i] + turn, at[i] - turn);
            axisOfRank[rank[i]] = i;
        }

        new Span<double>(shares, d + 2).Clear();
        for (int i = 0; i <= d; i++)
        {
            double share = at[i] / (d + 1);
            shares[d - rank[i]] += share;
            shares[d + 1 - rank[i]] -= share;
        }
        shares[0] += 1 + shares[d + 1];

        UInt128 key = 0;
        for (int i = 0; i < d; i++) key = (key << _bits) | (UInt128)(ulong)((long)nearest[i] + (1L << (_bits - 1)));
        for (int r = 0; r <= d; r++)
        {
            (keys[r], weights[r]) = (key, Math.Max(0, (float)shares[r]));
            key += Steps[axisOfRank[d - r]];
        }
    }

    // Into the hyperplane, by a basis of orthogonal vectors that needs d additions only (section 3.1).
    private void Elevate(float* feature, double* at)
    {
        double sum = 0;
        for (int i = _dimension; i > 0; i--)
        {
            double scaled = feature[i - 1] * _scales[i - 1];
            at[i] = sum - i * scaled;
            sum += scaled;
        }
        at[0] = sum;
    }

    private UInt128 Unit(int coordinate) => UInt128.One << (_bits * (_dimension - 1 - coordinate));
}
