using Fovea.Data;

namespace Fovea.Training;

/// <summary>The generated data set as <see cref="RunConfig.Data"/> names it.</summary>
public static class ScenesData
{
    /// <summary>The name that stands for generated scenes in place of a path.</summary>
    public const string Name = "scenes";

    private const int TrainPictures = 600, ValPictures = 60;

    /// <summary>The pictures to learn from or to measure on.</summary>
    /// <param name="train">True for those to learn from.</param>
    /// <param name="seed">The run's seed; the validation pictures are always the same.</param>
    public static Scenes Open(bool train, ulong seed) => train ? new Scenes(TrainPictures, 1000 + seed) : new Scenes(ValPictures, 3);
}
