namespace Fovea.Imaging.Tests;

public class ImageLoadingTests
{
    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void Every_kind_of_file_gives_the_right_pixels(string name)
    {
        GoldenFile golden = Goldens.Find(name);
        Pixels.AssertClose(golden.Size, golden.Pixels, Image.Decode(golden.Data, name), golden.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void The_header_tells_the_size_of_the_upright_picture(string name)
    {
        using var folder = new TemporaryFolder();
        GoldenFile golden = Goldens.Find(name);
        ImageInfo info = Image.ReadInfo(folder.Write(name, golden.Data));
        Assert.Equal(golden.Size, info.Size);
        Assert.Equal(Path.GetExtension(name) switch { ".jpg" => ImageFormat.Jpeg, ".png" => ImageFormat.Png, _ => ImageFormat.WebP }, info.Format);
    }

    [Theory]
    [InlineData("grey-4.png", 1, 4, false)]
    [InlineData("grey-alpha-16.png", 2, 16, true)]
    [InlineData("palette-2-alpha.png", 4, 2, true)]
    [InlineData("palette-8.png", 3, 8, false)]
    [InlineData("rgb-8-key.png", 4, 8, true)]
    [InlineData("grey.jpg", 1, 8, false)]
    [InlineData("cmyk-adobe.jpg", 4, 8, false)]
    [InlineData("alpha.webp", 4, 8, true)]
    [InlineData("lossy.webp", 3, 8, false)]
    public void The_header_tells_channels_depth_and_transparency(string name, int channels, int bits, bool alpha)
    {
        using var folder = new TemporaryFolder();
        ImageInfo info = Image.ReadInfo(folder.Write(name, Goldens.Find(name).Data));
        Assert.Equal((channels, bits, alpha), (info.Channels, info.BitDepth, info.HasAlpha));
    }

    [Fact]
    public void File_stream_and_memory_agree_whatever_the_file_is_called()
    {
        using var folder = new TemporaryFolder();
        GoldenFile golden = Goldens.Find("lossy.webp");
        string path = folder.Write("called.jpg", golden.Data);
        Assert.Equal(golden.Pixels, Image.Load(path).Pixels);
        using FileStream stream = File.OpenRead(path);
        Assert.Equal(golden.Pixels, Image.Load(stream).Pixels);
        Assert.Equal(golden.Pixels, Image.LoadScaled(path, new ImageSize(1, 1)).Pixels);
        using var middle = new MemoryStream([1, 2, 3, .. golden.Data]) { Position = 3 };
        Assert.Equal(golden.Pixels, Image.Load(middle).Pixels);
    }

    [Theory]
    [InlineData(100, 150, 100, 150)]
    [InlineData(99, 150, 100, 150)]
    [InlineData(101, 150, 200, 300)]
    [InlineData(200, 151, 200, 300)]
    [InlineData(150, 301, 400, 600)]
    [InlineData(1, 1, 50, 75)]
    [InlineData(1000, 1, 400, 600)]
    public void Scaled_loading_gives_the_smallest_size_that_is_large_enough(int height, int width, int expectedHeight, int expectedWidth)
    {
        using var folder = new TemporaryFolder();
        Image full = Pixels.Smooth(400, 600);
        string path = folder.Write("a.jpg", full.EncodeJpeg(95));
        Image scaled = Image.LoadScaled(path, new ImageSize(height, width));
        Assert.Equal(new ImageSize(expectedHeight, expectedWidth), scaled.Size);
        Pixels.AssertClose(scaled.Size, full.Resize(scaled.Size).Pixels, scaled, 6);
    }

    [Fact]
    public void Scaled_loading_counts_in_the_upright_picture()
    {
        using var folder = new TemporaryFolder();
        GoldenFile golden = Goldens.Find("exif-6.jpg"); // stored 16 x 24, upright 24 x 16
        string path = folder.Write("a.jpg", golden.Data);
        Assert.Equal(new ImageSize(12, 8), Image.LoadScaled(path, new ImageSize(12, 8)).Size);
        Assert.Equal(new ImageSize(24, 16), Image.LoadScaled(path, new ImageSize(8, 12)).Size);
    }

    [Fact]
    public void Many_threads_decode_at_once()
    {
        GoldenFile[] files = Goldens.All.Files;
        Parallel.For(0, 8 * files.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            GoldenFile golden = files[i % files.Length];
            Pixels.AssertClose(golden.Size, golden.Pixels, Image.Decode(golden.Data), golden.Tolerance);
        });
    }

    [Fact]
    public void A_thousand_decodes_leave_no_memory_behind()
    {
        byte[][] files = [Pixels.Smooth(300, 400).EncodeJpeg(), Pixels.Smooth(300, 400).EncodePng(), Goldens.Find("alpha.webp").Data];
        byte[][] broken = [.. files.Select(file => file[..(file.Length / 2)])];
        void DecodeAll(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Image.Decode(files[i % 3]);
                Assert.Throws<ImageException>(() => Image.Decode(broken[i % 3]));
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
        DecodeAll(100);
        long before = Environment.WorkingSet;
        DecodeAll(1000);
        // One leaked picture a decode would be 360 MB.
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 60 << 20);
    }
}
