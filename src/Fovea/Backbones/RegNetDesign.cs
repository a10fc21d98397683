namespace Fovea.Backbones;

/// <summary>Which RegNet: the few numbers that a whole network follows from.</summary>
/// <remarks>Radosavovic, Kosaraju, Girshick, He, Dollar: "Designing Network Design Spaces" (CVPR 2020), section 3.3; the numbers of each
/// network are those of the tables in the appendix. The block's width is that of its bottleneck (b = 1).</remarks>
/// <param name="Depth">d: number of blocks.</param>
/// <param name="InitialWidth">w_0.</param>
/// <param name="Slope">w_a: how much wider each block is meant to be.</param>
/// <param name="Multiplier">w_m: how much wider each stage becomes.</param>
/// <param name="GroupWidth">g: channels of a group.</param>
/// <param name="SqueezeExcitation">Whether blocks have it, with a quarter of the channels that they are given: RegNetY.</param>
public sealed record RegNetDesign(int Depth, int InitialWidth, double Slope, double Multiplier, int GroupWidth, bool SqueezeExcitation)
{
    /// <summary>RegNetX of so many millions of multiply-adds: 400, 800, 1600, 3200, 8000, 16000 or 32000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static RegNetDesign X(int millions) => millions switch
    {
        400 => new(22, 24, 24.48, 2.54, 16, false),
        800 => new(16, 56, 35.73, 2.28, 16, false),
        1600 => new(18, 80, 34.01, 2.25, 24, false),
        3200 => new(25, 88, 26.31, 2.25, 48, false),
        8000 => new(23, 80, 49.56, 2.88, 120, false),
        16000 => new(22, 216, 55.59, 2.1, 128, false),
        32000 => new(23, 320, 69.86, 2.0, 168, false),
        _ => throw new ArgumentOutOfRangeException(nameof(millions), millions,
            "RegNetX comes with 400, 800, 1600, 3200, 8000, 16000 or 32000."),
    };

    /// <summary>RegNetY of so many millions of multiply-adds: 400, 800, 1600, 3200, 8000, 16000, 32000 or 128000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static RegNetDesign Y(int millions) => millions switch
    {
        400 => new(16, 48, 27.89, 2.09, 8, true),
        800 => new(14, 56, 38.84, 2.4, 16, true),
        1600 => new(27, 48, 20.71, 2.65, 24, true),
        3200 => new(21, 80, 42.63, 2.66, 24, true),
        8000 => new(17, 192, 76.82, 2.19, 56, true),
        16000 => new(18, 200, 106.23, 2.48, 112, true),
        32000 => new(20, 232, 115.89, 2.53, 232, true),
        128000 => new(27, 456, 160.83, 2.52, 264, true),
        _ => throw new ArgumentOutOfRangeException(nameof(millions), millions,
            "RegNetY comes with 400, 800, 1600, 3200, 8000, 16000, 32000 or 128000."),
    };

    /// <summary>Width, number of blocks and group width of each stage: equations 2 to 4. Widths grow by line, are rounded to powers of w_m
    /// and then to eights; equal ones are a stage; at last they are made multiples of the group width.</summary>
    public IReadOnlyList<(long Width, int Blocks, long GroupWidth)> Stages()
    {
        var widths = new long[Depth];
        for (int j = 0; j < Depth; j++)
        {
            double step = Math.Round(Math.Log((InitialWidth + j * Slope) / InitialWidth) / Math.Log(Multiplier));
            widths[j] = (long)Math.Round(InitialWidth * Math.Pow(Multiplier, step) / 8) * 8;
        }
        return [.. widths.GroupBy(width => width).Select(stage =>
        {
            long group = Math.Min(GroupWidth, stage.Key);
            return (ChannelCount.Round(stage.Key, group), stage.Count(), group);
        })];
    }
}
