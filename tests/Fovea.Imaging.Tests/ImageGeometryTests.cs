namespace Fovea.Imaging.Tests;

public class ImageGeometryTests
{
    [Fact]
    public void Resizing_agrees_with_PIL_within_its_rounding()
    {
        GoldenPixels source = Goldens.All.ResizeSource;
        foreach (GoldenPixels golden in Goldens.All.Resized)
            Pixels.AssertClose(golden.Size, golden.Pixels, new Image(source.Size, source.Pixels).Resize(golden.Size), 1);
        var calm = new Image(source.Size, [.. source.Pixels.Select(pixel => (byte)(64 + pixel / 2))]);
        foreach (GoldenPixels golden in Goldens.All.Bicubic)
            Pixels.AssertClose(golden.Size, golden.Pixels, calm.Resize(golden.Size, Interpolation.Bicubic), 1);
    }

    [Fact]
    public void Resizing_as_Pillow_gives_Pillow_s_bytes()
    {
        GoldenPixels source = Goldens.All.ResizeSource;
        var image = new Image(source.Size, source.Pixels);
        foreach (GoldenPixels golden in Goldens.All.Resized) Assert.Equal(golden.Pixels, image.ResizeAsPillow(golden.Size).Pixels);
        foreach (GoldenPixels golden in Goldens.All.CutOff)
            Assert.Equal(golden.Pixels, image.ResizeAsPillow(golden.Size, Interpolation.Bicubic).Pixels);
        Assert.NotSame(image.Pixels, image.ResizeAsPillow(image.Size).Pixels);
    }

    [Theory]
    [InlineData(0, 0, 30, 40)]
    [InlineData(3, 5, 27, 35)]
    [InlineData(7, 2, 5, 3)]
    public void Resizing_a_part_is_cutting_and_resizing(int top, int left, int height, int width)
    {
        Image image = Pixels.Noise(30, 40);
        Image cut = image.Crop(top, left, new ImageSize(height, width));
        foreach (var size in (ImageSize[])[new(11, 13), new(40, 50), new(5, 60)])
            Assert.Equal(cut.Resize(size).Pixels, image.ResizePart(top, left, height, width, size).Pixels);
    }

    [Fact]
    public void A_part_may_begin_and_end_within_pixels()
    {
        // Columns 0, 80 and 160: from the middle of the first to the middle of the last lies a ramp from 0 to 160.
        var image = new Image(new ImageSize(1, 3), [0, 0, 0, 80, 80, 80, 160, 160, 160]);
        Assert.Equal([20, 60, 100, 140], image.ResizePart(0, 0.5, 1, 2, new ImageSize(1, 4)).Pixels.Where((_, i) => i % 3 == 0));
        foreach ((double left, double width) in new[] { (-0.1, 1.0), (0, 0), (2.5, 0.6), (0, double.NaN) })
            Assert.Throws<ArgumentException>(() => image.ResizePart(0, left, 1, width, new ImageSize(1, 1)));
    }

    [Theory]
    [InlineData(7, 1, 50, 99)]
    [InlineData(1, 1, 3, 5)]
    [InlineData(24, 50, 24, 31)]
    [InlineData(90, 70, 3, 2)]
    [InlineData(13, 27, 26, 54)]
    public void Resizing_agrees_with_the_plain_formula(int height, int width, int newHeight, int newWidth)
    {
        Image image = Pixels.Noise(height, width, seed: height * width);
        var size = new ImageSize(newHeight, newWidth);
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
            Pixels.AssertClose(size, PlainResize(image, size, interpolation), image.Resize(size, interpolation), 1);
    }

    [Fact]
    public void A_uniform_picture_stays_uniform()
    {
        foreach (byte value in (byte[])[0, 1, 127, 254, 255])
        {
            var image = new Image(new ImageSize(19, 23), [.. Enumerable.Repeat(value, 19 * 23 * 3)]);
            foreach (var size in (ImageSize[])[new(1, 1), new(5, 7), new(19, 100), new(64, 3)])
            {
                Assert.All(image.Resize(size).Pixels, pixel => Assert.Equal(value, pixel));
                Assert.All(image.Resize(size, Interpolation.Bicubic).Pixels, pixel => Assert.Equal(value, pixel));
                Assert.All(image.ResizeAsPillow(size, Interpolation.Bicubic).Pixels, pixel => Assert.Equal(value, pixel));
            }
        }
    }

    [Fact]
    public void The_same_size_gives_a_copy()
    {
        Image image = Pixels.Noise(4, 5), copy = image.Resize(image.Size);
        Assert.Equal(image.Pixels, copy.Pixels);
        Assert.NotSame(image.Pixels, copy.Pixels);
    }

    [Fact]
    public void Flipping_exchanges_left_and_right_at_every_width()
    {
        for (int width = 1; width < 40; width++)
        {
            Image image = Pixels.Noise(3, width, seed: width), flipped = image.FlipHorizontal();
            for (int y = 0; y < 3; y++)
                for (int x = 0; x < width; x++)
                    Assert.Equal(Pixel(image, y, x), Pixel(flipped, y, width - 1 - x));
        }
    }

    [Fact]
    public void A_crop_is_cut_where_it_was_asked_for()
    {
        Image image = Pixels.Noise(10, 12), crop = image.Crop(3, 5, new ImageSize(4, 6));
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 6; x++)
                Assert.Equal(Pixel(image, y + 3, x + 5), Pixel(crop, y, x));
        Assert.Equal(image.Pixels, image.Crop(0, 0, image.Size).Pixels);
    }

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, 10, 1, 3)]
    [InlineData(8, 0, 3, 1)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(int.MaxValue, 0, 1, 1)]
    [InlineData(0, 0, int.MaxValue, 1)]
    public void A_crop_over_the_edge_is_refused(int y, int x, int height, int width) =>
        Assert.Throws<ArgumentException>(() => Pixels.Noise(10, 12).Crop(y, x, new ImageSize(height, width)));

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Pixels.Noise(2, 2).Resize(new ImageSize(0, 5)));
        Assert.Throws<ArgumentException>(() => Pixels.Noise(2, 2).Resize(new ImageSize(1 << 20, 1 << 20)));
    }

    private static (byte, byte, byte) Pixel(Image image, int y, int x)
    {
        int i = (y * image.Width + x) * 3;
        return (image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]);
    }

    /// <summary>The slow twin: every pixel a weighted mean of all source pixels, in double precision.</summary>
    private static byte[] PlainResize(Image image, ImageSize size, Interpolation interpolation)
    {
        double[][] rows = Weights(image.Height, size.Height, interpolation), columns = Weights(image.Width, size.Width, interpolation);
        var result = new byte[size.Pixels * 3];
        for (int i = 0; i < result.Length; i++)
        {
            double[] row = rows[i / 3 / size.Width], column = columns[i / 3 % size.Width];
            double sum = 0;
            for (int y = 0; y < image.Height; y++)
                for (int x = 0; x < image.Width; x++)
                    sum += row[y] * column[x] * image.Pixels[(y * image.Width + x) * 3 + i % 3];
            result[i] = (byte)Math.Round(Math.Clamp(sum, 0, 255));
        }
        return result;
    }

    private static double[][] Weights(int source, int target, Interpolation interpolation) => [.. Enumerable.Range(0, target).Select(i =>
    {
        double scale = (double)source / target, width = Math.Max(1, scale), centre = (i + 0.5) * scale;
        double[] weights = [.. Enumerable.Range(0, source).Select(k => Weight(Math.Abs(k + 0.5 - centre) / width, interpolation))];
        double total = weights.Sum();
        return weights.Select(weight => weight / total).ToArray();
    })];

    // The cubic that is 1 at 0, 0 at 1 and 2, with slopes -1/2 at 1 and 0 at 0 and 2.
    private static double Weight(double x, Interpolation interpolation) => (interpolation, x) switch
    {
        (Interpolation.Bilinear, _) => Math.Max(0, 1 - x),
        (_, < 1) => 1.5 * Math.Pow(x, 3) - 2.5 * Math.Pow(x, 2) + 1,
        (_, < 2) => -0.5 * Math.Pow(x, 3) + 2.5 * Math.Pow(x, 2) - 4 * x + 2,
        _ => 0,
    };
}
