using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Some random operations, one after the other, all of one strength.</summary>
/// <remarks>Cubuk et al.: "RandAugment: Practical automated data augmentation with a reduced search space" (NeurIPS 2020), with the
/// operations and ranges of torchvision. For pictures with a class as a whole: annotated objects are refused.</remarks>
/// <param name="Operations">How many, at least 1; 2 in the paper's ImageNet results.</param>
/// <param name="Strength">0 to 1 of each operation's range; 0.3 is the 9 of 30 that torchvision takes.</param>
public sealed record RandAugment(int Operations = 2, double Strength = 0.3) : Transform
{
    /// <summary>The operations among which RandAugment and TrivialAugment choose.</summary>
    internal static readonly PictureOperation[] Choices =
        [.. Enum.GetValues<PictureOperation>().Where(operation => operation != PictureOperation.Invert)];

    /// <summary>How many operations.</summary>
    public int Operations { get; } = Check.Positive(Operations);

    /// <summary>0 to 1 of each operation's range.</summary>
    public double Strength { get; } = Check.Fraction(Strength);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(RandAugment));
        Image image = sample.Image;
        for (int i = 0; i < Operations; i++)
        {
            PictureOperation operation = Choices[random.Next(Choices.Length)];
            OperationRange range = OperationRange.OfAutoAugment(operation, image.Height, image.Width);
            image = PolicyStep.Apply(image, operation, range, Strength, ref random);
        }
        return sample with { Image = image };
    }
}

/// <summary>One random operation of a random strength.</summary>
/// <remarks>Mueller and Hutter: "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation" (ICCV 2021), "wide" ranges in 31
/// steps, as in torchvision. For pictures with a class as a whole: annotated objects are refused.</remarks>
public sealed record TrivialAugment : Transform
{
    private const int Steps = 31;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(TrivialAugment));
        PictureOperation operation = RandAugment.Choices[random.Next(RandAugment.Choices.Length)];
        double strength = random.Next(Steps) / (Steps - 1.0);
        return sample with
        {
            Image = PolicyStep.Apply(sample.Image, operation, OperationRange.OfTrivialAugment(operation), strength, ref random),
        };
    }
}

/// <summary>One operation of a policy.</summary>
internal static class PolicyStep
{
    /// <summary>The picture after an operation of a strength of 0 to 1, in either direction where it has two.</summary>
    public static Image Apply(Image image, PictureOperation operation, OperationRange range, double strength, ref SampleRandom random)
    {
        double magnitude = range.At(strength, operation);
        return PictureOperations.Apply(image, operation, range.HasTwoDirections && random.Chance(0.5) ? -magnitude : magnitude);
    }
}
