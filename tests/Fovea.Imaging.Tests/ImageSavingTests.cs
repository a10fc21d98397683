namespace Fovea.Imaging.Tests;

public class ImageSavingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 13)]
    [InlineData(100, 3)]
    public void PNG_keeps_every_pixel(int height, int width)
    {
        Image image = Pixels.Noise(height, width);
        Pixels.AssertClose(image.Size, image.Pixels, Image.Decode(image.EncodePng()), 0);
    }

    [Theory]
    [InlineData(50, 20)]
    [InlineData(90, 10)]
    [InlineData(100, 5)]
    public void JPEG_stays_close(int quality, int tolerance)
    {
        Image image = Pixels.Smooth(40, 60);
        Pixels.AssertClose(image.Size, image.Pixels, Image.Decode(image.EncodeJpeg(quality)), tolerance);
    }

    [Fact]
    public void A_file_replaces_the_old_one_and_nothing_else_stays()
    {
        using var folder = new TemporaryFolder();
        Image image = Pixels.Noise(5, 6);
        string png = folder.Write("a.png", [1, 2, 3]), jpeg = folder.File("a.jpg");
        image.SavePng(png);
        image.SaveJpeg(jpeg);
        Assert.Equal(image.Pixels, Image.Load(png).Pixels);
        Assert.Equal(image.Size, Image.Load(jpeg).Size);
        Assert.Equal([jpeg, png], Directory.GetFiles(folder.Path).Order());
        Assert.Contains("cannot be written", Assert.Throws<ImageException>(() => image.SavePng(folder.File("none/a.png"))).Message);
    }

    [Fact]
    public void Grey_and_palette_PNG_hold_one_byte_a_pixel()
    {
        using var folder = new TemporaryFolder();
        var size = new ImageSize(2, 3);
        byte[] values = [0, 1, 2, 2, 1, 255];
        string grey = folder.Write("grey.png", Image.EncodeGreyPng(size, values));
        Assert.Equal((1, 8), (Image.ReadInfo(grey).Channels, Image.ReadInfo(grey).BitDepth));
        Assert.Equal(values.SelectMany(v => (byte[])[v, v, v]), Image.Load(grey).Pixels);

        Rgb[] colours = [new(0, 0, 0), new(10, 20, 30), new(40, 50, 60)];
        byte[] indices = [0, 1, 2, 2, 1, 0];
        byte[] palette = Image.EncodePalettePng(size, indices, colours);
        Assert.Equal(3, palette[25]); // the colour type of IHDR: a palette
        Assert.Equal(indices.SelectMany(i => (byte[])[colours[i].R, colours[i].G, colours[i].B]), Image.Decode(palette).Pixels);
        Assert.Contains("index 255", Assert.Throws<ArgumentException>(() => Image.EncodePalettePng(size, values, colours)).Message);
        Assert.Throws<ArgumentException>(() => Image.EncodeGreyPng(size, values.AsSpan(1)));
    }

    [Fact]
    public void What_JPEG_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Pixels.Noise(1, 1).EncodeJpeg(0));
        Assert.Contains("65500", Assert.Throws<ImageException>(() => Pixels.Noise(1, 65501).EncodeJpeg()).Message);
    }
}
