using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Samples on a larger ground.</summary>
internal static class Laying
{
    /// <summary>A picture of one colour: by default ImageNet's mean, which is zero after normalisation.</summary>
    public static byte[] Ground(ImageSize frame)
    {
        Rgb colour = Padding.Mean;
        var pixels = new byte[frame.Pixels * 3];
        for (int i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (colour.R, colour.G, colour.B);
        return pixels;
    }

    /// <summary>A sample at a place of a frame that holds it whole.</summary>
    public static Sample On(Sample sample, int top, int left, ImageSize frame)
    {
        byte[] pixels = Ground(frame);
        Copy(sample.Image.Pixels, sample.Image.Size, pixels, top, left, frame, 3);
        Sample moved = sample.Moved(new Image(frame, pixels),
            map => new SegmentationMap(frame, Extend(map.Labels, map.Size, top, left, frame)));
        return moved with { Annotations = [.. sample.Annotations.Select(a => On(a, top, left, frame))] };
    }

    /// <summary>An object of a picture that lies at a place of a frame.</summary>
    public static Annotation On(Annotation a, int top, int left, ImageSize frame) => a with
    {
        Box = a.Box.Shift(top, left),
        LazyMask = a.MoveMask(mask => mask.Crop(-top, -left, frame)),
        Keypoints = [.. a.Keypoints.Select(k => k.Visibility == 0 ? k : k with { X = k.X + left, Y = k.Y + top })],
    };

    /// <summary>Writes the bytes of a picture or map into those of a frame.</summary>
    public static void Copy(byte[] source, ImageSize size, byte[] target, int top, int left, ImageSize frame, int channels)
    {
        for (int y = 0; y < size.Height; y++)
            source.AsSpan(y * size.Width * channels, size.Width * channels)
                .CopyTo(target.AsSpan(((top + y) * frame.Width + left) * channels));
    }

    private static byte[] Extend(byte[] source, ImageSize size, int top, int left, ImageSize frame)
    {
        var target = new byte[frame.Pixels];
        target.AsSpan().Fill(SegmentationMap.Ignore);
        Copy(source, size, target, top, left, frame, 1);
        return target;
    }
}
