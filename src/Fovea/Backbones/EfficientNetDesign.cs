namespace Fovea.Backbones;

/// <summary>A stage of an EfficientNet.</summary>
/// <param name="Fused">Fused-MBConv in place of MBConv.</param>
/// <param name="Expansion">Channels between a block's layers, times those that it is given.</param>
/// <param name="Kernel">Height and width of the window.</param>
/// <param name="Stride">Stride of the first block.</param>
/// <param name="Channels">Channels that every block gives.</param>
/// <param name="Blocks">Number of blocks.</param>
public sealed record EfficientNetStage(bool Fused, int Expansion, int Kernel, int Stride, long Channels, int Blocks);

/// <summary>Which EfficientNet: the numbers of its table.</summary>
public sealed record EfficientNetDesign
{
    /// <summary>Channels of the first convolution.</summary>
    public required long StemChannels { get; init; }

    /// <summary>The stages.</summary>
    public required IReadOnlyList<EfficientNetStage> Stages { get; init; }

    /// <summary>Channels of the last convolution.</summary>
    public required long LastChannels { get; init; }

    /// <summary>Chance that the head drops an input, where the options name none.</summary>
    public required double Dropout { get; init; }

    /// <summary>Added to the variance in batch norm, where the options name nothing.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Weight of a new batch in batch norm's running statistics.</summary>
    public double NormMomentum { get; init; } = 0.1;

    /// <summary>Sides of the square pictures that it is made for, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>EfficientNet-B0 to B7: Tan and Le 2019, table 1, scaled in width and depth. Dropout, picture sizes and normalisation are
    /// those of torchvision's weights.</summary>
    /// <param name="number">0 to 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such network.</exception>
    public static EfficientNetDesign B(int number) => number switch
    {
        0 => Scaled(1.0, 1.0, 0.2, 224),
        1 => Scaled(1.0, 1.1, 0.2, 240),
        2 => Scaled(1.1, 1.2, 0.3, 288),
        3 => Scaled(1.2, 1.4, 0.3, 300),
        4 => Scaled(1.4, 1.8, 0.4, 380),
        5 => Scaled(1.6, 2.2, 0.4, 456) with { NormEpsilon = 0.001, NormMomentum = 0.01 },
        6 => Scaled(1.8, 2.6, 0.5, 528) with { NormEpsilon = 0.001, NormMomentum = 0.01 },
        7 => Scaled(2.0, 3.1, 0.5, 600) with { NormEpsilon = 0.001, NormMomentum = 0.01 },
        _ => throw new ArgumentOutOfRangeException(nameof(number), number, "EfficientNet comes as B0 to B7."),
    };

    /// <summary>EfficientNetV2-S: Tan and Le 2021, table 4.</summary>
    public static EfficientNetDesign V2Small { get; } = V2(24, 0.2, 384,
    [
        new(true, 1, 3, 1, 24, 2), new(true, 4, 3, 2, 48, 4), new(true, 4, 3, 2, 64, 4),
        new(false, 4, 3, 2, 128, 6), new(false, 6, 3, 1, 160, 9), new(false, 6, 3, 2, 256, 15),
    ]);

    /// <summary>EfficientNetV2-M: as torchvision and the paper's code have it.</summary>
    public static EfficientNetDesign V2Medium { get; } = V2(24, 0.3, 480,
    [
        new(true, 1, 3, 1, 24, 3), new(true, 4, 3, 2, 48, 5), new(true, 4, 3, 2, 80, 5),
        new(false, 4, 3, 2, 160, 7), new(false, 6, 3, 1, 176, 14), new(false, 6, 3, 2, 304, 18), new(false, 6, 3, 1, 512, 5),
    ]);

    /// <summary>EfficientNetV2-L: as torchvision and the paper's code have it.</summary>
    public static EfficientNetDesign V2Large { get; } = V2(32, 0.4, 480,
    [
        new(true, 1, 3, 1, 32, 4), new(true, 4, 3, 2, 64, 7), new(true, 4, 3, 2, 96, 7),
        new(false, 4, 3, 2, 192, 10), new(false, 6, 3, 1, 224, 19), new(false, 6, 3, 2, 384, 25), new(false, 6, 3, 1, 640, 7),
    ]);

    private static EfficientNetDesign V2(long stem, double dropout, int imageSize, EfficientNetStage[] stages) => new()
    {
        StemChannels = stem, Stages = stages, LastChannels = 1280, Dropout = dropout, NormEpsilon = 0.001, ImageSize = imageSize,
    };

    // Table 1's B0; channels times width, rounded to eights, and blocks times depth, rounded up.
    private static EfficientNetDesign Scaled(double width, double depth, double dropout, int imageSize)
    {
        EfficientNetStage[] stages =
        [
            new(false, 1, 3, 1, 16, 1), new(false, 6, 3, 2, 24, 2), new(false, 6, 5, 2, 40, 2), new(false, 6, 3, 2, 80, 3),
            new(false, 6, 5, 1, 112, 3), new(false, 6, 5, 2, 192, 4), new(false, 6, 3, 1, 320, 1),
        ];
        return new()
        {
            StemChannels = ChannelCount.Round(32 * width),
            Stages = [.. stages.Select(stage => stage with
            {
                Channels = ChannelCount.Round(stage.Channels * width), Blocks = (int)Math.Ceiling(stage.Blocks * depth),
            })],
            LastChannels = 4 * ChannelCount.Round(320 * width), Dropout = dropout, ImageSize = imageSize,
        };
    }
}
