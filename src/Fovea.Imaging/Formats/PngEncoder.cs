using System.Runtime.InteropServices;
using Fovea.Imaging.Native;

namespace Fovea.Imaging.Formats;

/// <summary>Encodes PNG through libpng.</summary>
internal static unsafe class PngEncoder
{
    /// <param name="size">Height and width.</param>
    /// <param name="format">One of <see cref="LibPng"/>'s formats.</param>
    /// <param name="channels">Bytes a pixel.</param>
    /// <param name="pixels">Height x width x channels bytes.</param>
    /// <param name="palette">Three bytes an entry for a palette, otherwise empty.</param>
    public static byte[] Encode(ImageSize size, uint format, int channels, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> palette)
    {
        PngImage image = default;
        image.Version = LibPng.Version;
        image.Width = (uint)size.Width;
        image.Height = (uint)size.Height;
        image.Format = format;
        image.PaletteEntries = (uint)(palette.Length / 3);

        // Deflate may store what it cannot shrink: 5 bytes a block, plus a filter byte a row and the chunks around it.
        long raw = ((long)size.Width * channels + 1) * size.Height;
        nuint length = checked((nuint)(raw + raw / 8 + palette.Length + 8192));
        byte* memory = (byte*)NativeMemory.Alloc(length);
        try
        {
            fixed (byte* source = pixels, colours = palette)
                if (LibPng.Write(&image, memory, &length, 0, source, size.Width * channels, colours) == 0)
                    throw new ImageException($"A picture of {size} could not be encoded as PNG (libpng: {image.Text()}).");
            return new ReadOnlySpan<byte>(memory, checked((int)length)).ToArray();
        }
        finally
        {
            LibPng.Free(&image);
            NativeMemory.Free(memory);
        }
    }
}
