using Fovea.Imaging.Native;

namespace Fovea.Imaging.Formats;

/// <summary>Decodes still WebP pictures through libwebp.</summary>
internal static unsafe class WebPDecoder
{
    /// <summary>Decodes the stored picture, before orientation; transparent pixels lie on white.</summary>
    public static Image Decode(ReadOnlySpan<byte> data, WebPHeader header, string name)
    {
        if (header.Animated)
            throw new ImageException($"{name}: this is an animated WebP file; a still picture was expected. " +
                "Save the wanted frame as a picture of its own.");
        if (data.Length + 1 < header.StatedLength) // some writers count a final padding byte, but leave it out
            throw new ImageException($"{name}: the WebP file is truncated: it states {header.StatedLength:N0} bytes, but holds " +
                $"{data.Length:N0}.");
        ImageSize size = header.Size;
        int channels = header.HasAlpha ? 4 : 3;
        if (size.Pixels * channels > Array.MaxLength)
            throw new ImageException($"{name}: the WebP picture is {size} with {channels} channels, too large for one array.");
        fixed (byte* bytes = data)
        {
            if (WebP.GetInfo(bytes, (nuint)data.Length, out int width, out int height) == 0) throw Damaged(name);
            if (new ImageSize(height, width) != size)
                throw new ImageException($"{name}: the WebP file has two different sizes, {size} and {height} x {width}. " +
                    "The file is damaged.");
            byte[] pixels = GC.AllocateUninitializedArray<byte>((int)(size.Pixels * channels));
            fixed (byte* target = pixels)
            {
                byte* result = header.HasAlpha
                    ? WebP.DecodeRgba(bytes, (nuint)data.Length, target, (nuint)pixels.Length, size.Width * 4)
                    : WebP.DecodeRgb(bytes, (nuint)data.Length, target, (nuint)pixels.Length, size.Width * 3);
                if (result == null) throw Damaged(name);
            }
            return header.HasAlpha ? OnWhite.Composite(size, pixels) : new Image(size, pixels);
        }
    }

    private static ImageException Damaged(string name) =>
        new($"{name}: the WebP file is truncated or damaged: libwebp cannot decode it. Fetch or export it again.");
}
