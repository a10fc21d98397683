using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Mosaic: four pictures in one, meeting at a random point, each at a random scale.</summary>
/// <remarks>Bochkovskiy, Wang, Liao: "YOLOv4" (2020), section 3.3, figure 3: objects are seen outside of their usual surroundings, and
/// batch norm sees four times as many pictures. The result has the size that the first picture has in the network. What a quarter cuts of
/// an object is treated as <see cref="RandomCrop"/> does; what a picture does not fill has the mean colour.</remarks>
public sealed record Mosaic : SampleMixing
{
    // The point lies in the middle half, and pictures shrink at most to this: objects stay large enough to be found.
    private const double LeastShare = 0.25, LeastScale = 0.5, LeastVisible = 0.25;

    private readonly Func<ImageSize, ImageSize> _frame;

    /// <summary>A mosaic.</summary>
    /// <param name="probability">How often a sample becomes one, 0 to 1.</param>
    /// <param name="frame">From a picture's size to the size that the network sees it in.</param>
    public Mosaic(double probability, Func<ImageSize, ImageSize> frame) => (Probability, _frame) = (Check.Fraction(probability), frame);

    /// <summary>How often a sample becomes a mosaic.</summary>
    public double Probability { get; init; }

    /// <inheritdoc/>
    public override bool Applies(ref SampleRandom random) => random.Chance(Probability);

    /// <inheritdoc/>
    public override Sample Load(IDataset dataset, int index, ref SampleRandom random)
    {
        Sample first = dataset.Load(index);
        ImageSize frame = _frame(first.Image.Size);
        int x = Middle(frame.Width, ref random), y = Middle(frame.Height, ref random);
        byte[] pixels = Laying.Ground(frame);
        var annotations = new List<Annotation>();
        for (int quarter = 0; quarter < 4; quarter++)
        {
            Sample sample = quarter == 0 ? first : dataset.Load(random.Next(dataset.Count));
            bool left = quarter % 2 == 0, above = quarter < 2;
            var room = new ImageSize(above ? y : frame.Height - y, left ? x : frame.Width - x);
            Sample piece = Piece(sample, random.Uniform(LeastScale, 1), room, left, above);
            (int top, int start) = (above ? y - piece.Image.Height : y, left ? x - piece.Image.Width : x);
            Laying.Copy(piece.Image.Pixels, piece.Image.Size, pixels, top, start, frame, 3);
            annotations.AddRange(piece.Annotations.Select(a => Laying.On(a, top, start, frame)));
        }
        return first with { Image = new Image(frame, pixels), Annotations = annotations, Labels = null, SecondLabels = null };
    }

    // The picture scaled, and of it the part next to the point where all four meet.
    private Sample Piece(Sample sample, double scale, ImageSize room, bool left, bool above)
    {
        ImageSize full = _frame(sample.Image.Size);
        var size = new ImageSize(Math.Max(1, (int)Math.Round(full.Height * scale)), Math.Max(1, (int)Math.Round(full.Width * scale)));
        var part = new ImageSize(Math.Min(size.Height, room.Height), Math.Min(size.Width, room.Width));
        (int top, int start) = (above ? size.Height - part.Height : 0, left ? size.Width - part.Width : 0);
        return Motion.Crop(Motion.Resize(sample, size), top, start, part, LeastVisible);
    }

    private static int Middle(int side, ref SampleRandom random) =>
        Math.Clamp((int)Math.Round(side * random.Uniform(LeastShare, 1 - LeastShare)), 1, Math.Max(1, side - 1));
}
