using Fovea.Data;
using Fovea.Detection;

namespace Fovea.Training;

/// <summary>Multi-scale training: every ten batches pictures get another size, a multiple of 32.</summary>
/// <remarks>Redmon and Farhadi: "YOLO9000" (CVPR 2017), section 2, "Multi-Scale Training". The size of a batch follows from the seed and
/// the batch's place in the run alone, so that all processes of a run take the same one, and a run that goes on too.</remarks>
/// <param name="Least">Smallest length of the pictures' shorter side, or of a square's side.</param>
/// <param name="Most">Largest length.</param>
/// <param name="Seed">The run's seed.</param>
internal sealed record MultiScale(int Least, int Most, ulong Seed)
{
    private const int Step = AugmentationOptions.SizeStep, BatchesOfSize = 10;
    private const ulong Purpose = 0x5CA1E;

    /// <summary>What the options stand for, or null where sizes stay.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="model">The detector.</param>
    /// <exception cref="ArgumentException">The model takes pictures of one size only, or the sizes are out of order.</exception>
    public static MultiScale? Create(TrainingOptions options, Detector model)
    {
        (int least, int most) = (options.Augmentation.LeastSize, options.Augmentation.MostSize);
        if (least == 0 && most == 0) return null;
        if (model.TakesOneSize)
            throw new ArgumentException($"Multi-scale training varies the size of pictures, but this {model.GetType().Name} takes them " +
                "in one size.");
        if (least < Step || most < least)
            throw new ArgumentException($"Multi-scale training from {least} to {most} pixels was asked for, but {Step} <= least <= most " +
                "was expected.");
        return new MultiScale(least, most, options.Seed);
    }

    /// <summary>The length of the shorter side for a batch.</summary>
    /// <param name="batch">Its place in the run, from 0.</param>
    public int SideOf(long batch)
    {
        SampleRandom random = new SampleRandom(Seed).Split(Purpose).Split((ulong)(batch / BatchesOfSize));
        return Least + Step * random.Next((Most - Least) / Step + 1);
    }
}
