using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Stretches the picture to a size, each side by its own factor. Masks and class maps take the nearest pixel.</summary>
public sealed record Resize : Transform
{
    /// <summary>A resize to this size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1.</exception>
    public Resize(ImageSize size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, nameof(size));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, nameof(size));
        Size = size;
    }

    /// <summary>The size that every picture gets.</summary>
    public ImageSize Size { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random) => Motion.Resize(sample, Size);
}

/// <summary>Scales the picture, its shape kept, so that its shorter side gets a given length, or less where the longer side
/// would pass a limit. Given several lengths, one is drawn for each picture (multi-scale training).</summary>
/// <remarks>The scale of torchvision's detectors (800 and 1333 there); the new sides are rounded down, at least 1.</remarks>
public sealed record ResizeShorterSide : Transform
{
    /// <summary>A resize by the shorter side.</summary>
    /// <param name="longest">Limit of the longer side in pixels.</param>
    /// <param name="shorter">Lengths of the shorter side in pixels, of which one is drawn; at least one.</param>
    /// <exception cref="ArgumentException">No length is given, or one is less than 1 or more than the limit.</exception>
    public ResizeShorterSide(int longest, params IReadOnlyList<int> shorter)
    {
        if (shorter.Count == 0) throw new ArgumentException("At least one length of the shorter side is needed.", nameof(shorter));
        foreach (int side in shorter)
            if (side < 1 || side > longest)
                throw new ArgumentException(
                    $"The shorter side must be 1 to {longest} (the longer side's limit), but {side} was given.", nameof(shorter));
        (Longest, Shorter) = (longest, shorter);
    }

    /// <summary>Limit of the longer side in pixels.</summary>
    public int Longest { get; }

    /// <summary>Lengths of the shorter side in pixels.</summary>
    public IReadOnlyList<int> Shorter { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        ImageSize size = sample.Image.Size;
        int shorter = Shorter.Count == 1 ? Shorter[0] : Shorter[random.Next(Shorter.Count)];
        double scale = Math.Min((double)shorter / Math.Min(size.Height, size.Width),
            (double)Longest / Math.Max(size.Height, size.Width));
        return Motion.Resize(sample, Scale(size, scale));
    }

    internal static ImageSize Scale(ImageSize size, double scale)
    {
        const double Slack = 1e-9;       // 3 * (1.0 / 3) must not round down to 0
        return new ImageSize(Math.Max(1, (int)(size.Height * scale + Slack)), Math.Max(1, (int)(size.Width * scale + Slack)));
    }
}
