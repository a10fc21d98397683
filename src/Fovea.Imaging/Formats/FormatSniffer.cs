using System.Text;

namespace Fovea.Imaging.Formats;

/// <summary>Tells a file's format from its first bytes.</summary>
internal static class FormatSniffer
{
    /// <summary>As many bytes as <see cref="Recognise"/> wants to see; fewer are fine when the file has no more.</summary>
    public const int BytesWanted = 64;

    /// <exception cref="ImageException">Not a JPEG, PNG or WebP file; the message says what it looks like.</exception>
    public static ImageFormat Recognise(ReadOnlySpan<byte> start, long length, string name)
    {
        if (start.StartsWith<byte>([0xFF, 0xD8, 0xFF])) return ImageFormat.Jpeg;
        if (start.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return ImageFormat.Png;
        if (start.Length >= 12 && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8)) return ImageFormat.WebP;

        if (length == 0) throw new ImageException($"{name}: the file is empty (0 bytes). A JPEG, PNG or WebP picture was expected.");
        string found = Foreign(start) ?? $"not a picture that Fovea knows: it begins with {Show(start)}";
        throw new ImageException($"{name}: this is {found}. A JPEG, PNG or WebP picture was expected.");
    }

    private static string? Foreign(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("GIF8"u8)) return "a GIF picture; convert it to PNG";
        if (start.StartsWith("BM"u8)) return "a BMP picture; convert it to PNG";
        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8)) return "a TIFF picture (or a camera's raw file); convert it to PNG";
        if (start.Length >= 12 && start[4..].StartsWith("ftyp"u8))
            return $"an ISO media file ({Show(start[8..12])}: HEIC, AVIF or a film); convert it to JPEG or PNG";
        if (start.StartsWith<byte>([0xFF, 0x0A]) || start.StartsWith("\0\0\0\x0CJXL "u8))
            return "a JPEG XL picture; convert it to JPEG or PNG";
        if (start.StartsWith("\0\0\0\x0CjP  "u8) || start.StartsWith<byte>([0xFF, 0x4F, 0xFF, 0x51]))
            return "a JPEG 2000 picture; convert it to PNG";
        if (start.Length >= 2 && start[0] == 'P' && start[1] is >= (byte)'1' and <= (byte)'6') return "a PNM picture; convert it to PNG";
        if (start.StartsWith("%PDF"u8)) return "a PDF document";
        if (start.StartsWith("PK\x03\x04"u8)) return "a ZIP archive; unpack it first";
        if (start.StartsWith<byte>([0x1F, 0x8B])) return "a gzip archive; unpack it first";
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer and not the picture itself; fetch it with: git lfs pull";
        if (start.TrimStart(" \t\r\n"u8).StartsWith("<"u8)) return "text in HTML, XML or SVG (often the error page of a download)";
        if (start.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47])) return "a PNG file with a damaged signature (copied as text?)";
        if (start.StartsWith<byte>([0xFF, 0xD8])) return "a JPEG file that ends or is damaged after its first two bytes";
        if (start.StartsWith("RIFF"u8)) return "a RIFF file (sound or film), or a truncated WebP picture";
        return null;
    }

    private static string Show(ReadOnlySpan<byte> start)
    {
        start = start[..Math.Min(start.Length, 12)];
        bool printable = !start.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E);
        return printable ? $"\"{Encoding.ASCII.GetString(start)}\"" : $"the bytes {Convert.ToHexString(start)}";
    }
}
