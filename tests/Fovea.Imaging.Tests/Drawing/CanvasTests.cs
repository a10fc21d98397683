namespace Fovea.Imaging.Tests.Drawing;

public class CanvasTests
{
    private static readonly Rgb _red = new(255, 0, 0);
    private static readonly Image _grey = new(new ImageSize(120, 160), [.. Enumerable.Repeat((byte)128, 120 * 160 * 3)]);

    [Fact]
    public void Without_drawing_the_picture_comes_back()
    {
        Image image = Pixels.Noise(37, 53);
        using var canvas = new Canvas(image);
        Assert.Equal(image.Pixels, canvas.ToImage().Pixels);
    }

    [Fact]
    public void A_box_lies_on_its_edges_and_leaves_the_rest_and_the_original_alone()
    {
        byte[] before = [.. _grey.Pixels];
        using var canvas = new Canvas(_grey, new CanvasStyle { LineWidth = 2, FontSize = 10 });
        canvas.DrawBox(20, 30, 100, 90, _red);
        Image image = canvas.ToImage();
        Assert.Equal(_red, At(image, 30, 60));
        Assert.Equal(_red, At(image, 29, 60)); // a line of width 2 covers a pixel on each side of the edge
        Assert.Equal(_red, At(image, 89, 60));
        Assert.Equal(_red, At(image, 60, 20));
        Assert.Equal(_red, At(image, 60, 99));
        Assert.Equal(new Rgb(128, 128, 128), At(image, 60, 60));
        Assert.Equal(new Rgb(128, 128, 128), At(image, 10, 10));
        Assert.Equal(before, _grey.Pixels);
    }

    [Fact]
    public void A_box_around_the_whole_picture_is_seen_on_all_sides()
    {
        using var canvas = new Canvas(_grey, new CanvasStyle { LineWidth = 2, FontSize = 10 });
        canvas.DrawBox(0, 0, 160, 120, _red);
        Image image = canvas.ToImage();
        foreach ((int y, int x) in ((int, int)[])[(0, 80), (1, 80), (119, 80), (118, 80), (60, 0), (60, 159)]) Assert.Equal(_red, At(image, y, x));
    }

    [Fact]
    public void A_label_shows_its_plate_and_legible_text()
    {
        using var canvas = new Canvas(_grey);
        canvas.DrawLabel(20, 60, 100, 110, "car 0.98", new Rgb(0, 0, 160));
        Image image = canvas.ToImage();
        Rgb[] pixels = [.. Enumerable.Range(0, 120 * 160).Select(i => At(image, i / 160, i % 160))];
        Assert.True(pixels.Count(pixel => pixel is { R: < 20, G: < 20, B: > 140 }) > 200, "the plate");
        Assert.True(pixels.Count(pixel => pixel is { R: > 220, G: > 220, B: > 220 }) > 40, "the text; are the DejaVu fonts installed (fonts-dejavu-core)?");
        Assert.All(Enumerable.Range(61, 50), y => Assert.Equal(new Rgb(128, 128, 128), At(image, y, 60))); // it lies above the box
    }

    [Fact]
    public void Text_contrasts_with_every_colour()
    {
        for (int i = 0; i < 300; i++)
        {
            Rgb plate = Palette.Colour(i), text = Canvas.TextColour(plate);
            double light = Math.Max(plate.Luminance, text.Luminance), dark = Math.Min(plate.Luminance, text.Luminance);
            Assert.True((light + 0.05) / (dark + 0.05) >= 4.5, $"{text} on {plate}"); // WCAG 2.1, level AA
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\n\t")]
    [InlineData("a\0b\nc")]
    [InlineData("\ud800 half \udc00")]
    [InlineData("人 ☃ é")]
    public void Any_text_can_be_a_label(string text)
    {
        using var canvas = new Canvas(_grey);
        canvas.DrawLabel(0, 0, 10, 10, text, _red);
        canvas.DrawLabel(0, 0, 10, 10, string.Concat(Enumerable.Repeat(text + "x", 50_000)), _red);
        Assert.Equal(_grey.Size, canvas.ToImage().Size);
    }

    [Fact]
    public void Pictures_smaller_than_their_labels_can_be_drawn_on()
    {
        using var canvas = new Canvas(Pixels.Noise(1, 1));
        canvas.DrawBox(0, 0, 1, 1, _red);
        canvas.DrawLabel(0, 0, 1, 1, "wide", _red);
        canvas.DrawMask([1], _red);
        canvas.DrawKeypoints([(0.5, 0.5, true)], _red);
        Assert.Equal(new ImageSize(1, 1), canvas.ToImage().Size);
    }

    [Fact]
    public void A_mask_is_tinted_and_outlined()
    {
        var mask = new byte[120 * 160];
        for (int y = 40; y < 80; y++) mask.AsSpan(y * 160 + 50, 60).Fill(1);
        using var canvas = new Canvas(_grey, new CanvasStyle { LineWidth = 2, FontSize = 10 });
        canvas.DrawMask(mask, _red, opacity: 0.5);
        Image image = canvas.ToImage();
        Assert.Equal(new Rgb(192, 64, 64), At(image, 60, 80));
        Assert.Equal(_red, At(image, 40, 80));
        Assert.Equal(_red, At(image, 60, 109));
        Assert.Equal(new Rgb(128, 128, 128), At(image, 60, 45));
    }

    [Fact]
    public void Hidden_key_points_and_their_limbs_are_not_drawn()
    {
        using var canvas = new Canvas(_grey, new CanvasStyle { LineWidth = 4, FontSize = 10 });
        canvas.DrawKeypoints([(20, 20, true), (60, 20, true), (100, 100, false), (double.NaN, 0, false)], _red, [(0, 1), (1, 2)]);
        Image image = canvas.ToImage();
        Assert.Equal(_red, At(image, 20, 40)); // the limb
        Assert.Equal(_red, At(image, 20, 20)); // a dot
        Assert.Equal(new Rgb(128, 128, 128), At(image, 100, 100));
        Assert.Equal(new Rgb(128, 128, 128), At(image, 60, 80)); // no limb to the hidden point
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused_and_what_lies_far_off_is_cut()
    {
        using var canvas = new Canvas(_grey);
        Assert.Throws<ArgumentException>(() => canvas.DrawBox(double.NaN, 0, 1, 1, _red));
        Assert.Throws<ArgumentException>(() => canvas.DrawMask(new byte[5], _red));
        Assert.Throws<ArgumentException>(() => canvas.DrawMask(new byte[120 * 160], _red, opacity: double.NaN));
        Assert.Throws<ArgumentException>(() => canvas.DrawKeypoints([(1, 1, true)], _red, [(0, 1)]));
        Assert.Contains("32767", Assert.Throws<ImageException>(() => new Canvas(Pixels.Noise(1, 32768))).Message);
        canvas.DrawBox(double.NegativeInfinity, -1e300, double.PositiveInfinity, 1e300, _red);
        canvas.DrawBox(100, 100, 10, 10, _red); // reversed
        canvas.DrawLabel(-1e300, 1e300, 5, 5, "far", _red);
        Assert.Equal(_grey.Size, canvas.ToImage().Size);
    }

    [Fact]
    public void Many_threads_draw_at_once()
    {
        byte[] expected = Draw();
        Parallel.For(0, 50, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.Equal(expected, Draw()));

        static byte[] Draw()
        {
            using var canvas = new Canvas(_grey);
            canvas.DrawBox(10, 30, 90, 90, _red);
            canvas.DrawLabel(10, 30, 90, 90, "several threads", _red);
            return canvas.ToImage().Pixels;
        }
    }

    [Fact]
    public void After_disposal_it_says_so()
    {
        var canvas = new Canvas(_grey);
        canvas.Dispose();
        Assert.Throws<ObjectDisposedException>(canvas.ToImage);
    }

    private static Rgb At(Image image, int y, int x)
    {
        int i = (y * image.Width + x) * 3;
        return new Rgb(image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]);
    }
}
