using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Covers a random rectangle of a picture with one colour.</summary>
/// <remarks>Zhong et al.: "Random Erasing Data Augmentation" (AAAI 2020): 2 % to 33 % of the area, shape 0.3 to 3.3. Ten rectangles are
/// tried for one that fits; then the picture stays as it is. For pictures with a class as a whole: annotated objects are refused.</remarks>
/// <param name="Probability">How often: 0 to 1.</param>
/// <param name="Colour">What covers it; null for ImageNet's mean, which normalises to zero.</param>
public sealed record RandomErasing(double Probability, Rgb? Colour = null) : Transform
{
    private const int Attempts = 10;
    private const double LeastArea = 0.02, MostArea = 0.33, GreatestRatio = 3.3;

    private static readonly Rgb Mean = new(124, 116, 104);

    /// <summary>How often.</summary>
    public double Probability { get; } = Check.Fraction(Probability);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(RandomErasing));
        if (!random.Chance(Probability)) return sample;
        (int height, int width) = sample.Image.Size;
        double logRatio = Math.Log(GreatestRatio);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = (double)height * width * random.Uniform(LeastArea, MostArea),
                ratio = Math.Exp(random.Uniform(-logRatio, logRatio));
            int h = (int)Math.Round(Math.Sqrt(area * ratio)), w = (int)Math.Round(Math.Sqrt(area / ratio));
            if (h < 1 || w < 1 || h >= height || w >= width) continue;
            return sample with { Image = Covered(sample.Image, random.Next(height - h + 1), random.Next(width - w + 1), h, w) };
        }
        return sample;
    }

    private Image Covered(Image image, int top, int left, int height, int width)
    {
        Image copy = image.Clone();
        (byte r, byte g, byte b) = Colour is { } colour ? (colour.R, colour.G, colour.B) : (Mean.R, Mean.G, Mean.B);
        for (int y = top; y < top + height; y++)
        {
            Span<byte> row = copy.Pixels.AsSpan(3 * (y * image.Width + left), 3 * width);
            for (int i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (r, g, b);
        }
        return copy;
    }
}
