using System.Buffers.Binary;
using System.IO.Compression;
using Fovea.Data;
using Fovea.Data.Reading;
using Fovea.Imaging;

namespace Fovea.Tests.Data;

public sealed class IsbiDatasetTests : IDisposable
{
    private const int None = 1, PackBits = 32773, Deflate = 8;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A stack as TIFF 6.0 lays it down: directories after the strips of their page, two rows a strip.</summary>
    private static byte[] Tiff(int height, int width, byte[][] pages, int compression = None, bool isLittle = true, int photometric = 1)
    {
        var file = new MemoryStream();
        file.Write(isLittle ? "II"u8 : "MM"u8);
        Short(file, 42, isLittle);
        long link = file.Position;
        Long(file, 0, isLittle);
        foreach (byte[] page in pages)
        {
            List<(int At, int Length)> strips = [];
            for (int y = 0; y < height; y += 2)
            {
                byte[] strip = Pack(page[(y * width)..(Math.Min(y + 2, height) * width)], compression);
                strips.Add(((int)file.Position, strip.Length));
                file.Write(strip);
            }
            int offsets = (int)file.Position;
            foreach ((int at, _) in strips) Long(file, at, isLittle);
            int lengths = (int)file.Position;
            foreach ((_, int length) in strips) Long(file, length, isLittle);
            if (file.Position % 2 == 1) file.WriteByte(0);
            int directory = (int)file.Position;
            file.Position = link;
            Long(file, directory, isLittle);
            file.Position = directory;
            (int Tag, int Kind, int Count, int Value)[] entries =
            [
                (256, 3, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, photometric),
                (273, 4, strips.Count, strips.Count == 1 ? strips[0].At : offsets), (277, 3, 1, 1), (278, 3, 1, 2),
                (279, 4, strips.Count, strips.Count == 1 ? strips[0].Length : lengths),
            ];
            Short(file, entries.Length, isLittle);
            foreach ((int tag, int kind, int count, int value) in entries)
            {
                Short(file, tag, isLittle);
                Short(file, kind, isLittle);
                Long(file, count, isLittle);
                if (kind == 4) Long(file, value, isLittle);
                else
                {
                    Short(file, value, isLittle);
                    Short(file, 0, isLittle);
                }
            }
            link = file.Position;
            Long(file, 0, isLittle);
        }
        return file.ToArray();
    }

    private static byte[] Pack(byte[] strip, int compression)
    {
        if (compression == None) return strip;
        var packed = new MemoryStream();
        if (compression == Deflate)
        {
            using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(strip);
            return packed.ToArray();
        }
        packed.Write([0x80, 2, strip[0], strip[1], strip[2]]); // nothing, three as they are, and each of the others by itself
        foreach (byte value in strip[3..]) packed.Write([0, value]);
        return packed.ToArray();
    }

    private static void Short(Stream file, int value, bool isLittle)
    {
        var bytes = new byte[2];
        if (isLittle) BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        else BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        file.Write(bytes);
    }

    private static void Long(Stream file, int value, bool isLittle)
    {
        var bytes = new byte[4];
        if (isLittle) BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        else BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        file.Write(bytes);
    }

    private static byte[][] Pages(int count, int pixels, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var page = new byte[pixels];
            random.NextBytes(page);
            return page;
        })];
    }

    [Theory]
    [InlineData(None, true)]
    [InlineData(None, false)]
    [InlineData(PackBits, true)]
    [InlineData(Deflate, false)]
    public void Pages_are_read_in_either_byte_order_and_every_packing(int compression, bool isLittle)
    {
        byte[][] pages = Pages(3, 5 * 4);
        TiffStack stack = TiffStack.Decode(Tiff(5, 4, pages, compression, isLittle), "a.tif");
        Assert.Equal((new ImageSize(5, 4), 3), (stack.Size, stack.Pages));
        Assert.Equal(pages.SelectMany(page => page), stack.Values);
    }

    [Fact]
    public void PackBits_runs_and_white_as_zero()
    {
        byte[] file = Tiff(1, 6, [[9, 8, 7, 6, 5, 4]], PackBits);
        byte[] packed = [254, 7, 1, 3, 4, 0, 5]; // 7 three times, then 3 and 4, then 5
        packed.CopyTo(file, 8);
        Assert.Equal([7, 7, 7, 3, 4, 5], TiffStack.Decode(file, "a.tif").Values);
        Assert.Equal([246, 247], TiffStack.Decode(Tiff(1, 2, [[9, 8]], photometric: 0), "a.tif").Values);
    }

    [Fact]
    public void The_challenge_is_read_with_its_last_tenth_for_validation()
    {
        byte[][] pictures = Pages(20, 12), labels = Pages(20, 12, 2);
        foreach (byte[] page in labels)
            for (int i = 0; i < page.Length; i++) page[i] = page[i] < 80 ? (byte)0 : (byte)255;
        File.WriteAllBytes(_folder["train-volume.tif"], Tiff(3, 4, pictures));
        File.WriteAllBytes(_folder["train-labels.tif"], Tiff(3, 4, labels, PackBits, isLittle: false));
        File.WriteAllBytes(_folder["test-volume.tif"], Tiff(3, 4, pictures));
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.Isbi, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "trainval"], layout.Splits);
        IDataset train = Dataset.Open(_folder.Root, "train"), val = Dataset.Open(_folder.Root, "val");
        Assert.Equal((18, 2, 20), (train.Count, val.Count, Dataset.Open(_folder.Root, "trainval").Count));
        Assert.Equal([new(0, "membrane"), new(255, "cell")], train.Categories);
        Sample sample = val.Load(1);
        Assert.Equal(_folder["train-volume.tif"] + "#19", sample.Record.Path);
        Assert.Equal(pictures[19].SelectMany(v => (byte[])[v, v, v]), sample.Image.Pixels);
        Assert.Equal(labels[19].Select(v => v == 0 ? (byte)0 : (byte)1), sample.Labels!.Labels);
        Assert.Equal(new ImageSize(3, 4), val[0].Size);

        File.WriteAllBytes(_folder["train-labels.tif"], Tiff(3, 4, labels[..19]));
        Assert.Contains("has 19 pages, but", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "train")).Message);
        File.WriteAllBytes(_folder["train-labels.tif"], Tiff(4, 3, labels));
        Assert.Contains("the mask is 4 x 3", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "train").Load(0)).Message);
    }

    [Fact]
    public void Hostile_files_are_refused_and_never_read_out_of_bounds()
    {
        byte[] good = Tiff(5, 4, Pages(2, 20), PackBits);
        for (int length = 0; length < good.Length - 4; length++)
            Assert.Throws<DataException>(() => TiffStack.Decode(good.AsSpan(0, length), "a.tif"));
        var random = new Random(5);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = [.. good];
            for (int k = 0; k < 3; k++) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                Assert.InRange(TiffStack.Decode(bad, "a.tif").Pages, 1, 2);
            }
            catch (DataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 500, 3000);
    }

    [Theory]
    [InlineData(256, 0, "5 x 0")]
    [InlineData(258, 16, "1 channels of 16 bits")]
    [InlineData(259, 5, "compression 5; none, PackBits or Deflate was expected")]
    [InlineData(277, 3, "3 channels of 8 bits")]
    [InlineData(278, 0, "3 strips of 3 lengths; 1 were expected")]
    [InlineData(278, 1, "3 strips of 3 lengths; 5 were expected")]
    public void What_is_not_read_is_named(int tag, int value, string message)
    {
        byte[] file = Tiff(5, 4, Pages(1, 20));
        int entry = BitConverter.ToInt32(file, 4) + 2;
        while (BitConverter.ToUInt16(file, entry) != tag) entry += 12;
        BitConverter.GetBytes((ushort)value).CopyTo(file, entry + 8);
        Assert.Contains(message, Assert.Throws<DataException>(() => TiffStack.Decode(file, "a.tif")).Message);
    }

    [Fact]
    public void Pages_in_a_circle_are_refused()
    {
        byte[] file = Tiff(5, 4, Pages(1, 20));
        BitConverter.GetBytes(BitConverter.ToInt32(file, 4)).CopyTo(file, file.Length - 4);
        Assert.Contains("in a circle", Assert.Throws<DataException>(() => TiffStack.Decode(file, "a.tif")).Message);
        Assert.Contains("does not begin as a TIFF", Assert.Throws<DataException>(() => TiffStack.Decode("GIF89a...."u8, "a.tif")).Message);
    }
}
