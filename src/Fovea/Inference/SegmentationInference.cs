using Fovea.Segmentation.Crf;

namespace Fovea.Inference;

/// <summary>How the tiles of a large picture become one.</summary>
public enum TileBlend
{
    /// <summary>Where tiles overlap their probabilities are averaged, each counting less towards its edge.</summary>
    Feather,
    /// <summary>Every pixel is taken from the tile whose middle is nearest: U-Net's overlap-tile strategy (Ronneberger et al., MICCAI 2015,
    /// section 2).</summary>
    Cut,
}

/// <summary>How a segmenter looks at a picture.</summary>
/// <remarks>Several scales and mirror images, whose probabilities are averaged: Zhao et al.: "Pyramid Scene Parsing Network" (CVPR 2017),
/// section 5.1, and most since.</remarks>
public sealed record SegmentationInference
{
    /// <summary>A picture of at most so many pixels is looked at as a whole where <see cref="TileSize"/> is not given: 1,024 x
    /// 2,048.</summary>
    public const long MostPixels = 1 << 21;

    private const int AutomaticTile = 1024;

    /// <summary>Sizes at which the picture is looked at, as factors; PSPNet's are 0.5, 0.75, 1, 1.25, 1.5 and 1.75. Default: 1 alone.</summary>
    public IReadOnlyList<double> Scales { get; init => field = value.Count > 0 && value.All(s => s is >= 0.1 and <= 10) ? value
        : throw new ArgumentException($"The scales are [{string.Join(", ", value)}]; one or more from 0.1 to 10 are needed.", nameof(Scales)); } = [1];

    /// <summary>Whether the mirror image is looked at too.</summary>
    public bool Flip { get; init; }

    /// <summary>Side of the square tiles that a picture is looked at in, in pixels of the network's input; null for the whole picture, or, where
    /// it has more than <see cref="MostPixels"/>, tiles of 1,024.</summary>
    public int? TileSize { get; init => field = value is null or >= 16 ? value
        : throw new ArgumentOutOfRangeException(nameof(TileSize), value, "A tile has at least 16 pixels a side."); }

    /// <summary>How far neighbouring tiles overlap, as a share of their side, from 0 to 0.75. Default: a quarter.</summary>
    public double TileOverlap { get; init => field = value is >= 0 and <= 0.75 ? value
        : throw new ArgumentOutOfRangeException(nameof(TileOverlap), value, "The overlap must be 0 to 0.75."); } = 0.25;

    /// <summary>How tiles become one picture.</summary>
    public TileBlend TileBlend { get; init; }

    /// <summary>The dense CRF that sharpens the probabilities along the picture's edges, at the size that the network sees and tile by tile; null
    /// for none.</summary>
    public DenseCrfOptions? Crf { get; init; }

    /// <summary>The tiles of a picture, whole where it is small.</summary>
    internal TilePlan Plan(Imaging.ImageSize size)
    {
        int? tile = TileSize ?? (size.Pixels > MostPixels ? AutomaticTile : null);
        return tile is { } side ? new TilePlan(size, side, (int)(side * TileOverlap), TileBlend) : TilePlan.Whole(size);
    }
}
