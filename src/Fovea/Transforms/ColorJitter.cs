using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Changes brightness, contrast, saturation and hue at random, in random order. Annotations stay as they are.</summary>
/// <remarks>torchvision's definition: with a strength s, the factor is uniform between max(0, 1 - s) and 1 + s, and the turn of the
/// hue between -s and s. See <see cref="ColorAdjustment"/> for each of the four.</remarks>
public sealed record ColorJitter : Transform
{
    /// <summary>A random change of colours; a strength of 0 turns that change off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A strength is negative or not finite, or that of the hue is above 0.5.</exception>
    public ColorJitter(double brightness = 0, double contrast = 0, double saturation = 0, double hue = 0)
    {
        Check(brightness, nameof(brightness), 100);
        Check(contrast, nameof(contrast), 100);
        Check(saturation, nameof(saturation), 100);
        Check(hue, nameof(hue), 0.5);
        (Brightness, Contrast, Saturation, Hue) = (brightness, contrast, saturation, hue);
    }

    /// <summary>Strength of the change of brightness.</summary>
    public double Brightness { get; }

    /// <summary>Strength of the change of contrast.</summary>
    public double Contrast { get; }

    /// <summary>Strength of the change of saturation.</summary>
    public double Saturation { get; }

    /// <summary>Largest turn of the hue, at most 0.5.</summary>
    public double Hue { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        double brightness = Factor(Brightness, ref random), contrast = Factor(Contrast, ref random);
        double saturation = Factor(Saturation, ref random), hue = random.Uniform(-Hue, Hue);
        Image image = sample.Image;
        foreach (int which in order)
            image = which switch
            {
                0 when Brightness > 0 => ColorAdjustment.Brightness(image, brightness),
                1 when Contrast > 0 => ColorAdjustment.Contrast(image, contrast),
                2 when Saturation > 0 => ColorAdjustment.Saturation(image, saturation),
                3 when Hue > 0 => ColorAdjustment.Hue(image, hue),
                _ => image,
            };
        return sample with { Image = image };
    }

    private static double Factor(double strength, ref SampleRandom random) => random.Uniform(Math.Max(0, 1 - strength), 1 + strength);

    private static void Check(double strength, string name, double most)
    {
        if (!(strength >= 0 && strength <= most))
            throw new ArgumentOutOfRangeException(name, strength, $"The strength must be 0 to {most}.");
    }
}
