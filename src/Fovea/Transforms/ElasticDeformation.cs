using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Bends the picture smoothly: the points of a coarse grid are moved at random, and all between them follow.</summary>
/// <remarks>Simard, Steinkraus, Platt, "Best Practices for Convolutional Neural Networks" (ICDAR 2003), as Ronneberger, Fischer, Brox
/// have it in "U-Net" (MICCAI 2015), section 3.1: displacements of a 3 x 3 grid over the picture, normally distributed with a standard
/// deviation of 10 pixels, in between by bicubic interpolation (Keys 1981, a = -1/2). The picture is interpolated bilinearly, labels take
/// the nearest pixel; what comes from outside becomes the mean colour, and its labels ignored. Annotated objects are refused.</remarks>
public sealed record ElasticDeformation : Transform
{
    /// <summary>A random deformation.</summary>
    /// <param name="deviation">Standard deviation of a grid point's displacement along each axis, in pixels; 0 or more.</param>
    /// <param name="points">Grid points along each side, the first and the last on the picture's edges; 2 to 32.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public ElasticDeformation(double deviation = 10, int points = 3)
    {
        if (!(deviation is >= 0 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "The deviation is 0 to 1000 pixels.");
        if (points is < 2 or > 32) throw new ArgumentOutOfRangeException(nameof(points), points, "A side has 2 to 32 grid points.");
        (Deviation, Points) = (deviation, points);
    }

    /// <summary>Standard deviation of a grid point's displacement along each axis, in pixels.</summary>
    public double Deviation { get; }

    /// <summary>Grid points along each side.</summary>
    public int Points { get; }

    /// <summary>The colour beside the picture; by default ImageNet's mean, which is zero after normalisation.</summary>
    public Rgb Ground { get; init; } = Padding.Mean;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        Labelled.Expect(sample, nameof(ElasticDeformation));
        var x = new double[Points * Points];
        var y = new double[Points * Points];
        for (int i = 0; i < x.Length; i++) (x[i], y[i]) = Normal(ref random);
        return Warp.Apply(sample, new Bent(sample.Image.Size, Points, x, y), Ground);
    }

    // Box and Muller 1958; 1 - u is never 0.
    private (double X, double Y) Normal(ref SampleRandom random)
    {
        double radius = Deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
        return (radius * cosine, radius * sine);
    }

    private sealed class Bent : Warp.ISource
    {
        private readonly int _points;
        private readonly double[] _x, _y;                // of each grid point, row by row
        private readonly double[] _rows, _columns;       // for each row (or column) of the picture the share of each grid row

        public Bent(ImageSize size, int points, double[] x, double[] y)
        {
            (_points, _x, _y) = (points, x, y);
            (_rows, _columns) = (Shares(size.Height, points), Shares(size.Width, points));
        }

        public void Row(int y, Span<float> toX, Span<float> toY)
        {
            Span<double> alongX = stackalloc double[_points], alongY = stackalloc double[_points];
            alongX.Clear();
            alongY.Clear();
            for (int row = 0; row < _points; row++)
                for (int column = 0; column < _points; column++)
                {
                    double share = _rows[y * _points + row];
                    alongX[column] += share * _x[row * _points + column];
                    alongY[column] += share * _y[row * _points + column];
                }
            for (int x = 0; x < toX.Length; x++)
            {
                double moveX = 0, moveY = 0;
                for (int column = 0; column < _points; column++)
                {
                    double share = _columns[x * _points + column];
                    moveX += share * alongX[column];
                    moveY += share * alongY[column];
                }
                (toX[x], toY[x]) = ((float)(x + 0.5 + moveX), (float)(y + 0.5 + moveY));
            }
        }

        /// <summary>For each pixel's middle the weight of each grid point; beyond the edges the outer point is repeated.</summary>
        private static double[] Shares(int side, int points)
        {
            var shares = new double[side * points];
            for (int i = 0; i < side; i++)
            {
                double place = (i + 0.5) / side * (points - 1);
                int below = (int)place;
                for (int tap = below - 1; tap <= below + 2; tap++)
                    shares[i * points + Math.Clamp(tap, 0, points - 1)] += Keys(place - tap);
            }
            return shares;
        }

        private static double Keys(double distance)
        {
            double d = Math.Abs(distance);
            return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
        }
    }
}
