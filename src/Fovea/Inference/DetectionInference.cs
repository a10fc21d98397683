using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Inference;

/// <summary>How a detector looks at a picture: once as it is, or at several sizes, in a mirror, and in tiles, whose finds are
/// merged.</summary>
/// <remarks>Several sizes and mirror images as in He et al.: "Deep Residual Learning" (CVPR 2016), appendix B; tiles as in Akyon,
/// Altinuc, Temizel: "Slicing Aided Hyper Inference" (ICIP 2022).</remarks>
public sealed record DetectionInference
{
    /// <summary>Sizes at which the picture is looked at, as factors of the model's own. Default: 1 alone.</summary>
    public IReadOnlyList<double> Scales { get; init => field = value.Count > 0 && value.All(s => s is >= 0.1 and <= 10) ? value
        : throw new ArgumentException($"The scales are [{string.Join(", ", value)}]; one or more from 0.1 to 10 are needed.", nameof(Scales)); } = [1];

    /// <summary>Whether the mirror image is looked at too.</summary>
    public bool Flip { get; init; }

    /// <summary>Side of the square tiles that a picture is looked at in, in pixels of the picture; the whole picture is looked at too, for
    /// what is larger than a tile. Null for the whole picture alone.</summary>
    public int? TileSize { get; init => field = value is null or >= 16 ? value
        : throw new ArgumentOutOfRangeException(nameof(TileSize), value, "A tile has at least 16 pixels a side."); }

    /// <summary>How far neighbouring tiles overlap, as a share of their side, from 0 to 0.75: at least as far as most objects are long, so
    /// that each lies whole in some tile. Default: a quarter.</summary>
    public double TileOverlap { get; init => field = value is >= 0 and <= 0.75 ? value
        : throw new ArgumentOutOfRangeException(nameof(TileOverlap), value, "The overlap must be 0 to 0.75."); } = 0.25;

    /// <summary>Of two finds of a class, in different looks, that overlap by more than this IoU, the better one stays.</summary>
    public double MergeThreshold { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Key points that change places in a mirror image, for models that find key points.</summary>
    public IReadOnlyList<(int Left, int Right)> MirrorPairs { get; init; } = [];

    /// <summary>Whether there is but one look, at the whole picture as it is.</summary>
    public bool IsPlain => Scales is [1] && !Flip && TileSize is null;

    /// <summary>Finds objects in one picture.</summary>
    /// <param name="model">In evaluation mode, on <paramref name="device"/>.</param>
    /// <param name="image">The picture.</param>
    /// <param name="device">Where the model is.</param>
    /// <returns>By falling score, in pixels of the picture: at most <see cref="Detector.DetectionsPerImage"/>, of each tile.</returns>
    /// <exception cref="ArgumentException">The model sees all pictures at one size, and other scales than 1 are asked for.</exception>
    public Detections Predict(Detector model, Image image, Device device)
    {
        if (model.Transform.FixedSize is { } only && Scales is not [1])
            throw new ArgumentException($"The model sees every picture at {only}: it cannot look at scales {string.Join(", ", Scales)}.");
        var looks = new List<Look>();
        foreach (double scale in Scales)
        {
            DetectionTransform transform = Scaled(model.Transform, scale);
            foreach (ViewRegion region in Regions(image.Size))
                foreach (bool mirrored in Flip ? (bool[])[false, true] : [false])
                    looks.Add(new Look(Run(model, transform, image, region, mirrored, device), region));
        }
        if (looks.Count == 1) return looks[0].Found;
        int most = TileSize is null ? model.DetectionsPerImage : int.MaxValue;
        return DetectionMerge.Merge(image.Size, looks, MergeThreshold, most);
    }

    private Detections Run(Detector model, DetectionTransform transform, Image image, ViewRegion region, bool mirrored, Device device)
    {
        using var scope = new TensorScope();
        Image part = region.Size == image.Size ? image : image.Crop(region.Top, region.Left, region.Size);
        Detections found = model.Predict(transform.Batch([mirrored ? part.FlipHorizontal() : part]).To(device))[0];
        if (mirrored) found = found.FlipHorizontal(MirrorPairs);
        return region.Size == image.Size ? found : found.Place(region.Top, region.Left, image.Size);
    }

    private IEnumerable<ViewRegion> Regions(ImageSize size)
    {
        yield return new ViewRegion(0, 0, size, size);
        if (TileSize is not { } side || (side >= size.Height && side >= size.Width)) yield break;
        var plan = new TilePlan(size, side, (int)(side * TileOverlap), TileBlend.Cut);
        foreach (TileStretch row in plan.Rows)
            foreach (TileStretch column in plan.Columns)
                yield return new ViewRegion(row.Start, column.Start, new ImageSize(row.Length, column.Length), size);
    }

    private static DetectionTransform Scaled(DetectionTransform transform, double scale) => scale == 1 ? transform : transform with
    {
        MinSize = Math.Max(1, (int)Math.Round(transform.MinSize * scale)), MaxSize = Math.Max(1, (int)Math.Round(transform.MaxSize * scale)),
    };
}

/// <summary>The part of a picture that one look sees.</summary>
internal readonly record struct ViewRegion(int Top, int Left, ImageSize Size, ImageSize Picture)
{
    /// <summary>Whether a box ends at an edge of the part that is no edge of the picture, so that it may be a piece of an object.</summary>
    public bool Cuts(Box box)
    {
        const double Near = 2;   // detectors rarely meet an edge to the pixel
        return (Left > 0 && box.X1 < Left + Near) || (Top > 0 && box.Y1 < Top + Near)
            || (Left + Size.Width < Picture.Width && box.X2 > Left + Size.Width - Near)
            || (Top + Size.Height < Picture.Height && box.Y2 > Top + Size.Height - Near);
    }
}

/// <summary>What one look found, in pixels of the picture.</summary>
internal sealed record Look(Detections Found, ViewRegion Region);
