using System.Buffers.Binary;

namespace Fovea.Imaging.Tests;

public class IndexMapTests
{
    [Theory]
    [InlineData("palette-1.png")]
    [InlineData("palette-2.png")]
    [InlineData("palette-2-alpha.png")]
    [InlineData("palette-4-interlaced.png")]
    [InlineData("palette-8.png")]
    [InlineData("palette-8-interlaced.png")]
    public void Looked_up_in_the_palette_the_indices_give_the_picture(string name)
    {
        GoldenFile golden = Goldens.Find(name);
        int at = golden.Data.AsSpan().IndexOf("PLTE"u8);
        ReadOnlySpan<byte> palette = golden.Data.AsSpan(at + 4, BinaryPrimitives.ReadInt32BigEndian(golden.Data.AsSpan(at - 4)));
        int opaque = name.Contains("alpha", StringComparison.Ordinal) ? 3 : 0; // only its last entry is not transparent
        IndexMap map = IndexMap.Decode(golden.Data, name);
        Assert.Equal(golden.Size, map.Size);
        int compared = 0;
        for (int i = 0; i < map.Values.Length; i++)
        {
            if (map.Values[i] < opaque) continue;
            Assert.Equal(golden.Pixels.AsSpan(i * 3, 3), palette.Slice(map.Values[i] * 3, 3));
            compared++;
        }
        Assert.True(compared > 0);
    }

    [Theory]
    [InlineData("grey-1.png", 255)]
    [InlineData("grey-2-interlaced.png", 85)]
    [InlineData("grey-4.png", 17)]
    [InlineData("grey-8.png", 1)]
    [InlineData("gamma-8.png", 1)]
    public void Grey_levels_are_the_stored_numbers(string name, int step)
    {
        GoldenFile golden = Goldens.Find(name);
        byte[] values = IndexMap.Decode(golden.Data).Values;
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(golden.Pixels[i * 3], values[i] * step);
    }

    [Fact]
    public void A_level_that_is_declared_transparent_keeps_its_number() =>
        Assert.Equal(77, IndexMap.Decode(Goldens.Find("grey-8-key.png").Data).Values[1 * 9 + 2]);

    [Fact]
    public void What_was_written_comes_back()
    {
        using var folder = new TemporaryFolder();
        var size = new ImageSize(11, 23);
        byte[] values = [.. Enumerable.Range(0, 253).Select(i => (byte)(i % 21))];
        Rgb[] palette = [.. Enumerable.Range(0, 21).Select(Palette.Colour)];
        IndexMap map = IndexMap.Load(folder.Write("a.png", Image.EncodePalettePng(size, values, palette)));
        Assert.Equal(size, map.Size);
        Assert.Equal(values, map.Values);
        Assert.Equal(values, IndexMap.Decode(Image.EncodeGreyPng(size, values)).Values);
    }

    [Theory]
    [InlineData("rgb-8.png", "3 channels of 8 bits")]
    [InlineData("grey-16.png", "16 bits")]
    [InlineData("grey.jpg", "Jpeg")]
    public void Other_files_are_refused(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<ImageException>(() => IndexMap.Decode(Goldens.Find(name).Data, name)).Message);

    [Fact]
    public void Truncated_maps_are_refused()
    {
        byte[] data = Goldens.Find("palette-4.png").Data;
        for (int length = 0; length < data.Length; length++) Assert.Throws<ImageException>(() => IndexMap.Decode(data.AsSpan(0, length)));
    }
}
