using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Cuts a part of random area and shape out of a picture and stretches it to a fixed square: the usual view of a training
/// picture for classification.</summary>
/// <remarks>Szegedy et al.: "Going Deeper with Convolutions" (CVPR 2015), section 6: area 8 % to 100 %, shape 3/4 to 4/3. As in
/// torchvision, ten areas and shapes are tried for one that fits, then the largest part of a fitting shape is taken from the middle.
/// For pictures with a class as a whole: annotated objects are refused.</remarks>
/// <param name="Side">Sides of the square in pixels.</param>
/// <param name="LeastArea">Smallest share of the picture's area; the largest is 1.</param>
/// <param name="GreatestRatio">Largest width over height; the smallest is its inverse.</param>
public sealed record RandomResizedCrop(int Side, double LeastArea = 0.08, double GreatestRatio = 4.0 / 3) : Transform
{
    private const int Attempts = 10;

    /// <summary>Sides of the square in pixels.</summary>
    public int Side { get; } = Check.Positive(Side);

    /// <summary>Smallest share of the picture's area.</summary>
    public double LeastArea { get; } = Check.Fraction(LeastArea);

    /// <summary>Largest width over height.</summary>
    public double GreatestRatio { get; } = GreatestRatio >= 1 && double.IsFinite(GreatestRatio) ? GreatestRatio
        : throw new ArgumentOutOfRangeException(nameof(GreatestRatio), GreatestRatio, "GreatestRatio must be at least 1.");

    /// <summary>Whether a large JPEG file may be decoded at 1/2, 1/4 or 1/8 of its size, the smallest at which the part is not smaller than
    /// the square: up to twice as fast. It is the same part; only its pixels are averages of blocks before the triangle filter takes
    /// them, and differ by two grey levels in the mean (36 dB, photographs of COCO). As the first transform only.</summary>
    public bool ReadsReduced { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(RandomResizedCrop));
        ImageSize full = ReadsReduced ? sample.Record.Size : sample.Image.Size, real = sample.Image.Size;
        (int top, int left, ImageSize size) = Draw(full, ref random);
        double y = (double)real.Height / full.Height, x = (double)real.Width / full.Width;
        return sample with
        {
            Image = sample.Image.ResizePart(top * y, left * x, size.Height * y, size.Width * x, new ImageSize(Side, Side)),
        };
    }

    /// <inheritdoc/>
    public override ImageSize LeastSize(ImageSize size, SampleRandom random)
    {
        if (!ReadsReduced) return size;
        (_, _, ImageSize part) = Draw(size, ref random);
        return new ImageSize(Least(size.Height, part.Height), Least(size.Width, part.Width));

        int Least(int whole, int ofPart) => (int)Math.Min(whole, ((long)whole * Side + ofPart - 1) / ofPart);
    }

    /// <summary>A random part of a picture of this size.</summary>
    internal (int Top, int Left, ImageSize Size) Draw(ImageSize whole, ref SampleRandom random)
    {
        double logRatio = Math.Log(GreatestRatio);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = whole.Pixels * random.Uniform(LeastArea, 1), ratio = Math.Exp(random.Uniform(-logRatio, logRatio));
            int width = (int)Math.Round(Math.Sqrt(area * ratio)), height = (int)Math.Round(Math.Sqrt(area / ratio));
            if (width < 1 || width > whole.Width || height < 1 || height > whole.Height) continue;
            return (random.Next(whole.Height - height + 1), random.Next(whole.Width - width + 1), new ImageSize(height, width));
        }
        double shape = (double)whole.Width / whole.Height;
        ImageSize middle = shape < 1 / GreatestRatio ? new((int)Math.Round(whole.Width * GreatestRatio), whole.Width)
            : shape > GreatestRatio ? new(whole.Height, (int)Math.Round(whole.Height * GreatestRatio)) : whole;
        return ((whole.Height - middle.Height) / 2, (whole.Width - middle.Width) / 2, middle);
    }
}
