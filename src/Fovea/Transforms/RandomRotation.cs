using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Turns the picture about its middle by a random angle; its size stays. What comes from outside becomes the mean colour, and
/// its labels ignored.</summary>
/// <remarks>The picture is interpolated bilinearly, labels take the nearest pixel. Annotated objects are refused: the box of a turned
/// box is none.</remarks>
public sealed record RandomRotation : Transform
{
    /// <summary>A random rotation.</summary>
    /// <param name="degrees">Largest angle to either side, 0 to 180.</param>
    /// <exception cref="ArgumentOutOfRangeException">The angle is out of range.</exception>
    public RandomRotation(double degrees) => Degrees = degrees is >= 0 and <= 180 ? degrees
        : throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "The largest angle is 0 to 180 degrees.");

    /// <summary>Largest angle to either side.</summary>
    public double Degrees { get; }

    /// <summary>The colour beside the picture; by default ImageNet's mean, which is zero after normalisation.</summary>
    public Rgb Ground { get; init; } = Padding.Mean;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        Labelled.Expect(sample, nameof(RandomRotation));
        double degrees = random.Uniform(-Degrees, Degrees);
        return degrees == 0 ? sample : Turn(sample, degrees, Ground);
    }

    /// <summary>The sample turned counterclockwise.</summary>
    internal static Sample Turn(Sample sample, double degrees, Rgb ground)
    {
        (double sine, double cosine) = degrees switch
        {
            90 => (1, 0),
            -90 => (-1, 0),
            180 or -180 => (0, -1),
            _ => Math.SinCos(degrees * Math.PI / 180),
        };
        return Warp.Apply(sample, new Turned(sample.Image.Size, sine, cosine), ground);
    }

    private readonly struct Turned(ImageSize size, double sine, double cosine) : Warp.ISource
    {
        public void Row(int y, Span<float> toX, Span<float> toY)
        {
            double middleX = size.Width / 2.0, middleY = size.Height / 2.0, down = y + 0.5 - middleY;
            for (int x = 0; x < toX.Length; x++)
            {
                double along = x + 0.5 - middleX;
                toX[x] = (float)(middleX + cosine * along - sine * down);
                toY[x] = (float)(middleY + sine * along + cosine * down);
            }
        }
    }
}
