using System.Buffers.Binary;
using Fovea.Imaging.Native;

namespace Fovea.Imaging.Formats;

/// <summary>Decodes PNG through libpng.</summary>
/// <remarks>Of libpng's simplified API only the direct paths are used, same depth in and out. Its reduction from 16 to 8 bits mixes up
/// the passes of interlaced files (1.6.39 with the correction of CVE-2025-65018) or overruns its buffer (without it),
/// and its compositing over a background had such faults too; both are easily done here.</remarks>
internal static unsafe class PngDecoder
{
    /// <summary>Decodes the stored picture, before orientation; transparent pixels lie on white.</summary>
    public static Image Decode(ReadOnlySpan<byte> data, PngHeader header, string name)
    {
        header.CheckLength(name);
        // libpng would convert colours by these chunks; here, stored values are sRGB values.
        if (header.ColourManaged) data = WithoutChunks(data, PngHeader.AsksForCorrection);
        ImageSize size = header.Size;
        if (header.BitDepth == 16)
        {
            ushort[] deep = Decode<ushort>(data, size, header.HasAlpha ? LibPng.FormatRgba16 : LibPng.FormatRgb16,
                header.HasAlpha ? 4 : 3, name);
            return new Image(size, header.HasAlpha ? PremultipliedOnWhite(size, deep) : ToBytes(deep));
        }
        return header.HasAlpha
            ? OnWhite.Composite(size, Decode<byte>(data, size, LibPng.FormatRgba, 4, name))
            : new Image(size, Decode<byte>(data, size, LibPng.FormatRgb, 3, name));
    }

    /// <summary>Decodes the stored numbers of a palette or grey picture of at most 8 bits: indices, not colours.</summary>
    /// <remarks>A palette picture is read as if its indices were grey levels, because libpng does not promise to keep them.</remarks>
    public static byte[] DecodeIndices(ReadOnlySpan<byte> data, PngHeader header, string name)
    {
        header.CheckLength(name);
        byte[] plain = WithoutChunks(data, kind => !PngHeader.IsNeededForIndices(kind));
        if (header.ColourType == 3)
        {
            plain[25] = 0; // the colour type in IHDR, whose checksum covers bytes 12 to 28
            BinaryPrimitives.WriteUInt32BigEndian(plain.AsSpan(29), Checksum(plain.AsSpan(12, 17)));
        }
        byte[] values = Decode<byte>(plain, header.Size, LibPng.FormatGrey, 1, name);
        int step = 255 / ((1 << header.BitDepth) - 1); // grey levels of fewer bits were spread over 0 to 255
        if (step > 1)
            for (int i = 0; i < values.Length; i++) values[i] = (byte)(values[i] / step);
        return values;
    }

    private static T[] Decode<T>(ReadOnlySpan<byte> data, ImageSize size, uint format, int channels, string name) where T : unmanaged
    {
        if (size.Pixels * channels > Array.MaxLength || (long)size.Width * channels > int.MaxValue)
            throw new ImageException($"{name}: the PNG picture is {size} with {channels} channels, too large for one array.");
        PngImage image = default;
        image.Version = LibPng.Version;
        try
        {
            fixed (byte* bytes = data)
            {
                if (LibPng.BeginRead(&image, bytes, (nuint)data.Length) == 0) throw Failure(image, name);
                if (image.Width != size.Width || image.Height != size.Height)
                    throw new ImageException($"{name}: the PNG file has two different sizes, {size} and {image.Height} x {image.Width}. " +
                        "The file is damaged.");
                image.Format = format;
                T[] pixels = GC.AllocateUninitializedArray<T>((int)(size.Pixels * channels));
                fixed (T* target = pixels)
                    if (LibPng.FinishRead(&image, null, target, size.Width * channels, null) == 0) throw Failure(image, name);
                return pixels;
            }
        }
        finally
        {
            LibPng.Free(&image);
        }
    }

    private delegate bool IsUnwanted(ReadOnlySpan<byte> kind);

    private static byte[] WithoutChunks(ReadOnlySpan<byte> data, IsUnwanted isUnwanted)
    {
        byte[] plain = GC.AllocateUninitializedArray<byte>(data.Length);
        data[..8].CopyTo(plain);
        int written = 8;
        for (data = data[8..]; data.Length >= 12;)
        {
            int whole = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data) + 12L, data.Length);
            if (!isUnwanted(data[4..8]))
            {
                data[..whole].CopyTo(plain.AsSpan(written));
                written += whole;
            }
            data = data[whole..];
        }
        return plain[..written];
    }

    /// <summary>The checksum of a chunk (PNG specification, annex D), bit by bit: it is only ever made for one short chunk.</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
        }
        return ~sum;
    }

    private static byte[] ToBytes(ushort[] deep)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(deep.Length);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = ToByte(deep[i]);
        return pixels;
    }

    /// <summary>libpng gives 16-bit colours already multiplied by alpha: what is missing to full alpha is white.</summary>
    private static byte[] PremultipliedOnWhite(ImageSize size, ushort[] rgba)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)(size.Pixels * 3));
        for (int source = 0, target = 0; target < pixels.Length; source += 4, target += 3)
        {
            int white = ushort.MaxValue - rgba[source + 3];
            pixels[target] = ToByte(Math.Min(rgba[source] + white, ushort.MaxValue));
            pixels[target + 1] = ToByte(Math.Min(rgba[source + 1] + white, ushort.MaxValue));
            pixels[target + 2] = ToByte(Math.Min(rgba[source + 2] + white, ushort.MaxValue));
        }
        return pixels;
    }

    /// <summary>value * 255 / 65,535, rounded to the nearest.</summary>
    private static byte ToByte(int value) => (byte)((value + 128) / 257);

    private static ImageException Failure(PngImage image, string name) =>
        new($"{name}: the PNG file is truncated or damaged (libpng: {image.Text()}). Fetch or export it again.");
}
