using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Transforms;

/// <summary>Small samples that the tests of transforms and loader share.</summary>
internal static class TestSamples
{
    /// <summary>A picture whose pixel (y, x) is (y, x, 7).</summary>
    public static Image Gradient(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        for (int i = 0; i < height * width; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = ((byte)(i / width), (byte)(i % width), 7);
        return new Image(new ImageSize(height, width), pixels);
    }

    /// <summary>An object that fills a rectangle of whole pixels, with its mask.</summary>
    public static Annotation Filled(ImageSize size, int x1, int y1, int x2, int y2, params Keypoint[] keypoints)
    {
        var mask = new byte[size.Pixels];
        for (int y = y1; y < y2; y++) mask.AsSpan(y * size.Width + x1, x2 - x1).Fill(1);
        return new Annotation
        {
            Box = new Box(x1, y1, x2, y2), Category = 1, Area = (x2 - x1) * (y2 - y1),
            Mask = RunLengthMask.FromBitmap(new Mask(size, mask)), Keypoints = keypoints,
        };
    }

    public static Annotation Boxed(double x1, double y1, double x2, double y2) =>
        new() { Box = new Box(x1, y1, x2, y2), Category = 0, Area = (x2 - x1) * (y2 - y1) };

    public static Sample Of(Image image, params Annotation[] annotations)
    {
        var labels = new byte[image.Size.Pixels];
        for (int i = 0; i < labels.Length; i++) labels[i] = (byte)(image.Pixels[3 * i] ^ image.Pixels[3 * i + 1]);
        var record = new ImageRecord(1, "test.png", image.Size, annotations);
        return new Sample(record, image, annotations) { Labels = new SegmentationMap(image.Size, labels) };
    }
}
