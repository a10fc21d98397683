using System.Buffers.Binary;
using System.Text;

namespace Fovea.Imaging.Tests;

public class ImageErrorsTests
{
    [Theory]
    [InlineData("", "empty")]
    [InlineData("GIF89a......", "GIF")]
    [InlineData("BM........", "BMP")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("<html><body>404</body></html>", "HTML")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
    [InlineData("hello, world", "begins with \"hello, world\"")]
    public void What_is_not_a_picture_is_named(string content, string expected) =>
        AssertRefused(Encoding.ASCII.GetBytes(content), expected, "JPEG, PNG or WebP");

    [Fact]
    public void The_native_libraries_are_all_there() => Assert.Empty(ImagingLibraries.Missing());

    [Fact]
    public void A_missing_file_and_a_folder_are_clear_errors()
    {
        using var folder = new TemporaryFolder();
        string missing = folder.File("none.jpg");
        Assert.Contains($"{missing}: there is no such file", Assert.Throws<ImageException>(() => Image.Load(missing)).Message);
        Assert.Contains("no such file", Assert.Throws<ImageException>(() => Image.ReadInfo(missing)).Message);
        Assert.Contains("folder", Assert.Throws<ImageException>(() => Image.Load(folder.Path)).Message);
    }

    [Fact]
    public void A_huge_picture_is_refused_by_its_header()
    {
        byte[] png = Goldens.Find("rgb-8.png").Data.AsSpan().ToArray();
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 1_000_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 1_000_000);
        AssertRefused(png, "1000000 x 1000000", "limit");
        byte[] jpeg = Goldens.Find("rgb-444.jpg").Data;
        AssertRefused(WithFrameSize(jpeg, 65000, 65000), "65000 x 65000", "limit");
        // Within the limit, but the file is far too short for it.
        AssertRefused(WithFrameSize(jpeg, 10000, 10000), "truncated", "10000 x 10000");
    }

    [Fact]
    public void The_limits_can_be_set()
    {
        byte[] data = Goldens.Find("rgb-444.jpg").Data; // 16 x 24
        Image.Decode(data, limits: new ImageLimits { MaxPixels = 384 });
        var e = Assert.Throws<ImageException>(() => Image.Decode(data, limits: new ImageLimits { MaxPixels = 383 }));
        Assert.Contains("over the limit of 383", e.Message);
        Assert.Throws<ImageException>(() => Image.Decode(data, limits: new ImageLimits { MaxFileBytes = 100 }));
        Assert.Throws<ImageException>(() => Image.Load(new Endless(), limits: new ImageLimits { MaxFileBytes = 100_000 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageLimits { MaxPixels = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageLimits { MaxPixels = long.MaxValue });
    }

    [Fact]
    public void A_picture_without_pixels_is_refused()
    {
        byte[] png = Goldens.Find("rgb-8.png").Data.AsSpan().ToArray();
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 0);
        AssertRefused(png, "0 x 9", "no pixels");
        AssertRefused(WithFrameSize(Goldens.Find("grey.jpg").Data, 0, 24), "0 x 24", "no pixels");
    }

    [Fact]
    public void Unsupported_kinds_of_JPEG_are_named()
    {
        byte[] data = Goldens.Find("rgb-444.jpg").Data;
        int frame = FrameOf(data);
        AssertRefused(With(data, frame + 1, 0xC3), "lossless");
        AssertRefused(With(data, frame + 4, 12), "12 bits");
        AssertRefused(With(data, frame + 9, 2), "2 colour components");
    }

    [Fact]
    public void Animated_WebP_is_refused()
    {
        byte[] data = Goldens.Find("exif-6.webp").Data;
        AssertRefused(With(data, 20, (byte)(data[20] | 2)), "animated");
    }

    [Fact]
    public void A_JPEG_without_its_last_rows_is_truncated_but_stray_bytes_do_no_harm()
    {
        Image image = Pixels.Smooth(64, 96);
        byte[] data = image.EncodeJpeg();
        AssertRefused(data[..(data.Length / 2)], "truncated");
        AssertRefused([.. data[..(data.Length / 2)], 0xFF, 0xD9], "truncated", "remature end");
        byte[] stray = [.. data[..^2], 0x12, 0x34, 0x56, 0xFF, 0xD9];
        Assert.Equal(Image.Decode(data).Pixels, Image.Decode(stray).Pixels);
        Assert.Equal(Image.Decode(data).Pixels, Image.Decode([.. data, 0, 0, 0, 0]).Pixels);
    }

    [Fact]
    public void A_damaged_JPEG_leaves_nothing_behind_for_the_next()
    {
        GoldenFile golden = Goldens.Find("rgb-444.jpg");
        int table = golden.Data.AsSpan().IndexOf<byte>([0xFF, 0xC4]);
        AssertRefused(With(golden.Data, table + 5, 0xFF), "Huffman"); // 255 codes of one bit
        Assert.Equal(golden.Pixels, Image.Decode(golden.Data).Pixels);

        // Without its own tables a file means the standard ones, not those of the file before.
        byte[] optimised = Goldens.Find("rgb-progressive.jpg").Data;
        Image.Decode(optimised);
        Assert.Equal(golden.Pixels, Image.Decode(WithoutSegments(golden.Data, 0xC4)).Pixels);
    }

    [Fact]
    public void A_JPEG_of_countless_scans_is_refused()
    {
        byte[] data = Goldens.Find("rgb-progressive.jpg").Data;
        int scan = data.AsSpan().IndexOf<byte>([0xFF, 0xDA]);
        byte[] scans = [.. Enumerable.Repeat(data[scan..^2], 100).SelectMany(bytes => bytes)];
        AssertRefused([.. data[..scan], .. scans, 0xFF, 0xD9], "scans");
    }

    private static void AssertRefused(byte[] data, params string[] expected)
    {
        var e = Assert.Throws<ImageException>(() => Image.Decode(data, "folder/picture.jpg"));
        Assert.StartsWith("folder/picture.jpg: ", e.Message);
        Assert.All(expected, text => Assert.Contains(text, e.Message));
    }

    private static int FrameOf(byte[] jpeg) => jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]);

    private static byte[] WithoutSegments(byte[] jpeg, byte marker)
    {
        var rest = new List<byte>(jpeg[..2]);
        int at = 2;
        for (int end; jpeg[at + 1] != 0xDA; at = end)
        {
            end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
            if (jpeg[at + 1] != marker) rest.AddRange(jpeg[at..end]);
        }
        return [.. rest, .. jpeg[at..]];
    }

    private static byte[] WithFrameSize(byte[] jpeg, int height, int width)
    {
        byte[] data = [.. jpeg];
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(FrameOf(jpeg) + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(FrameOf(jpeg) + 7), (ushort)width);
        return data;
    }

    private static byte[] With(byte[] data, int offset, byte value)
    {
        byte[] copy = [.. data];
        copy[offset] = value;
        return copy;
    }

    /// <summary>A stream that never ends.</summary>
    private sealed class Endless : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => count;
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
    }
}
