namespace Fovea.Structures;

/// <summary>What the key points of a class of objects are, and how they hang together.</summary>
/// <param name="Names">The key points' names, in their order.</param>
/// <param name="Limbs">Pairs of zero-based key points to join by a line when they are drawn.</param>
/// <param name="MirrorPairs">Pairs of zero-based key points that change places in a mirror image, such as left and right wrist.</param>
public sealed record Skeleton(
    IReadOnlyList<string> Names, IReadOnlyList<(int From, int To)> Limbs, IReadOnlyList<(int Left, int Right)> MirrorPairs)
{
    private const double UniformSigma = 0.067; // The mean of COCO's.

    private static readonly string[] PersonNames =
    [
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
        "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    ];

    private static readonly double[] PersonSigmas =
        [.026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089];

    /// <summary>How far apart annotators place each key point: standard deviations as shares of the square root of the object's area, by
    /// which COCO's evaluation measures what is near. Default: COCO's where the names are those of its person, otherwise the
    /// same for all, 0.067.</summary>
    public IReadOnlyList<double> Sigmas { get; init; } =
        Names.SequenceEqual(PersonNames) ? PersonSigmas : [.. Names.Select(_ => UniformSigma)];

    /// <summary>COCO's 17 key points of a person (Lin et al., "Microsoft COCO", ECCV 2014); left and right are the person's own.</summary>
    public static Skeleton CocoPerson { get; } = new(
        PersonNames,
        [(15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10), (1, 2), (0, 1),
            (0, 2), (1, 3), (2, 4), (3, 5), (4, 6)],
        [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)]);
}
