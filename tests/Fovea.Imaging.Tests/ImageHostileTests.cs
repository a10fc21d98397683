using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Imaging.Tests;

/// <summary>Whatever the bytes are, decoding gives a picture or an <see cref="ImageException"/>.</summary>
public class ImageHostileTests
{
    private static readonly ImageLimits _small = new() { MaxPixels = 1 << 20 };

    [Theory]
    [MemberData(nameof(Goldens.Names), MemberType = typeof(Goldens))]
    public void Truncated_at_any_byte_it_is_refused(string name)
    {
        GoldenFile golden = Goldens.Find(name);
        int last = golden.Data.Length - (name.EndsWith(".webp", StringComparison.Ordinal) ? 2 : 1); // a padding byte may be missing
        for (int length = 0; length <= last; length++)
        {
            var e = Assert.Throws<ImageException>(() => Image.Decode(golden.Data.AsSpan(0, length), "cut", _small));
            Assert.StartsWith("cut: ", e.Message);
        }
    }

    [Fact]
    public void Mutated_files_never_crash()
    {
        var mutation =
            from file in Gen.Elements(Goldens.All.Files)
            from edits in Gen.ListOf(Gen.Choose(0, int.MaxValue - 1).Two())
            select (file.Name, Data: Mutate(file.Data, edits.Select(edit => (edit.Item1, edit.Item2))));
        Prop.ForAll(mutation.ToArbitrary(), sample =>
        {
            DecodeOrRefuse(sample.Data);
            InfoOrRefuse(sample.Data);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(20240607, 1));
    }

    [Fact]
    public void Mutated_PNG_with_mended_checksums_never_crashes()
    {
        // Without this nearly every mutation ends at the checksum.
        GoldenFile[] files = [.. Goldens.All.Files.Where(file => file.Name.EndsWith(".png", StringComparison.Ordinal))];
        var random = new Random(5);
        for (int i = 0; i < 3000; i++)
        {
            byte[] data = Mutate(files[random.Next(files.Length)].Data, [(random.Next(), random.Next()), (random.Next(), random.Next())]);
            MendChecksums(data);
            DecodeOrRefuse(data);
        }
    }

    [Fact]
    public void Noise_behind_each_signature_never_crashes()
    {
        byte[][] signatures = [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "RIFF\x10\0\0\0WEBP"u8.ToArray()];
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            DecodeOrRefuse([.. signatures[i % 3], .. noise]);
        }
    }

    private static byte[] Mutate(byte[] data, IEnumerable<(int Where, int What)> edits)
    {
        var bytes = data.ToList();
        foreach ((int where, int what) in edits)
        {
            int at = where % bytes.Count;
            switch (what % 8)
            {
                case 0 when bytes.Count > 1: bytes.RemoveAt(at); break;
                case 1: bytes.Insert(at, (byte)(what >> 8)); break;
                case 2: bytes[at] = 0xFF; break;
                case 3: bytes[at] = 0; break;
                case 4: bytes[at] ^= (byte)(1 << (what >> 8) % 8); break;
                default: bytes[at] = (byte)(what >> 8); break;
            }
        }
        return [.. bytes];
    }

    private static void MendChecksums(byte[] png)
    {
        int at = 8;
        while (at + 12 <= png.Length)
        {
            long length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (at + 12 + length > png.Length) return;
            uint sum = Crc32(png.AsSpan(at + 4, (int)length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), sum);
            at += 12 + (int)length;
        }
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
        }
        return ~sum;
    }

    private static Image? DecodeOrRefuse(ReadOnlySpan<byte> data)
    {
        try
        {
            return Image.Decode(data, "hostile", _small);
        }
        catch (ImageException e)
        {
            Assert.StartsWith("hostile: ", e.Message);
            return null;
        }
    }

    private static void InfoOrRefuse(byte[] data)
    {
        try
        {
            Assert.True(Image.ReadInfo(new MemoryStream(data), "hostile").Size.Pixels > 0);
        }
        catch (ImageException e)
        {
            Assert.StartsWith("hostile: ", e.Message);
        }
    }
}
