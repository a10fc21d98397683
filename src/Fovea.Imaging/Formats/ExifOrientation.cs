using System.Buffers.Binary;

namespace Fovea.Imaging.Formats;

/// <summary>The orientation tag of EXIF: how a stored picture has to be turned to stand upright.</summary>
/// <remarks>CIPA DC-008 (Exif 2.32), section 4.6.4, tag 0x0112; the container is TIFF 6.0, section 2.</remarks>
internal static class ExifOrientation
{
    private const int OrientationTag = 0x0112, Short = 3, Long = 4;

    /// <summary>Finds the orientation in a TIFF block, with or without the "Exif" marker before it. Anything unreadable is 1:
    /// upright.</summary>
    public static int Parse(ReadOnlySpan<byte> data)
    {
        if (data.StartsWith("Exif\0\0"u8)) data = data[6..];
        if (data.Length < 8) return 1;
        bool little = data.StartsWith("II"u8);
        if (!little && !data.StartsWith("MM"u8)) return 1;
        if (UInt16(data[2..], little) != 42) return 1;

        uint directory = UInt32(data[4..], little);
        if (directory > data.Length - 2) return 1;
        int count = UInt16(data[(int)directory..], little);
        ReadOnlySpan<byte> entries = data[((int)directory + 2)..];
        for (int i = 0; i < count && entries.Length >= 12; i++, entries = entries[12..])
        {
            if (UInt16(entries, little) != OrientationTag) continue;
            uint value = UInt16(entries[2..], little) switch
            {
                Short => UInt16(entries[8..], little),
                Long => UInt32(entries[8..], little),
                _ => 1u,
            };
            return value is >= 1 and <= 8 ? (int)value : 1;
        }
        return 1;
    }

    /// <summary>The size of the upright picture.</summary>
    public static ImageSize Upright(ImageSize stored, int orientation) =>
        orientation >= 5 ? new ImageSize(stored.Width, stored.Height) : stored;

    /// <summary>Turns a stored picture upright. Orientation 1 gives the picture itself.</summary>
    public static Image Apply(Image stored, int orientation)
    {
        if (orientation == 1) return stored;
        if (orientation == 2) return stored.FlipHorizontal();

        int height = stored.Height, width = stored.Width;
        // Pixel (y, x) of the result is stored pixel first + y * down + x * right.
        (long first, long down, long right) = orientation switch
        {
            3 => ((long)height * width - 1, -width, -1),
            4 => ((long)(height - 1) * width, -width, 1),
            5 => (0, 1, width),
            6 => ((long)(height - 1) * width, 1, -width),
            7 => ((long)height * width - 1, -1, -width),
            8 => (width - 1, -1, width),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "EXIF orientations are 1 to 8."),
        };
        ImageSize size = Upright(stored.Size, orientation);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(stored.Pixels.Length);
        const int tile = 32; // keeps the columns that a quarter turn reads in the cache
        for (int top = 0; top < size.Height; top += tile)
            for (int left = 0; left < size.Width; left += tile)
                CopyTile(top, left, Math.Min(top + tile, size.Height), Math.Min(left + tile, size.Width));
        return new Image(size, pixels);

        void CopyTile(int top, int left, int bottom, int end)
        {
            for (int y = top; y < bottom; y++)
            {
                long source = (first + y * down + left * right) * 3, target = ((long)y * size.Width + left) * 3;
                for (int x = left; x < end; x++, source += right * 3, target += 3)
                {
                    pixels[target] = stored.Pixels[source];
                    pixels[target + 1] = stored.Pixels[source + 1];
                    pixels[target + 2] = stored.Pixels[source + 2];
                }
            }
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> data, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(data) : BinaryPrimitives.ReadUInt16BigEndian(data);

    private static uint UInt32(ReadOnlySpan<byte> data, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(data) : BinaryPrimitives.ReadUInt32BigEndian(data);
}
