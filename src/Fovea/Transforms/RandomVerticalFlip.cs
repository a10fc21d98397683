using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Exchanges top and bottom with some probability: for pictures without an upright, such as microscopy.</summary>
/// <param name="Probability">0 to 1.</param>
public sealed record RandomVerticalFlip(double Probability = 0.5) : Transform
{
    /// <inheritdoc cref="RandomVerticalFlip(double)" path="/param[@name='Probability']"/>
    public double Probability { get; } = Check.Fraction(Probability);

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random) => random.Chance(Probability) ? Flip(sample) : sample;

    private static Sample Flip(Sample sample)
    {
        ImageSize size = sample.Image.Size;
        Sample moved = sample.Moved(new Image(size, Reversed(sample.Image.Pixels, size.Width * 3)),
            map => new SegmentationMap(size, Reversed(map.Labels, size.Width)));
        return moved with
        {
            Annotations = [.. sample.Annotations.Select(a => a with
            {
                Box = new Box(a.Box.X1, size.Height - a.Box.Y2, a.Box.X2, size.Height - a.Box.Y1),
                LazyMask = a.MoveMask(mask => mask.FlipVertical()),
                Keypoints = [.. a.Keypoints.Select(k => k.Visibility == 0 ? k : k with { Y = size.Height - k.Y })],
            })],
        };
    }

    private static byte[] Reversed(byte[] rows, int stride)
    {
        var target = new byte[rows.Length];
        for (int from = 0, to = rows.Length - stride; from < rows.Length; from += stride, to -= stride)
            rows.AsSpan(from, stride).CopyTo(target.AsSpan(to));
        return target;
    }
}
