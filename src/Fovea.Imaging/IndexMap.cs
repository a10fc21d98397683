using Fovea.Imaging.Formats;

namespace Fovea.Imaging;

/// <summary>A map of one number a pixel, such as a class or an instance, as data sets keep it in palette or grey PNG files.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Values">Height x width bytes, row by row.</param>
public sealed record IndexMap(ImageSize Size, byte[] Values)
{
    /// <summary>Reads the stored numbers of a palette or grey PNG file of at most 8 bits: indices, not colours.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">How large it may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">The file is missing, not such a PNG, truncated, damaged, or over a limit.</exception>
    public static IndexMap Load(string path, ImageLimits? limits = null) =>
        ImageFile.Read(path, limits ?? ImageLimits.Default, data => Decode(data, path, limits));

    /// <summary>Reads the stored numbers from the bytes of a palette or grey PNG file of at most 8 bits.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="limits">How large it may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">Not such a PNG, truncated, damaged, or over a limit.</exception>
    public static unsafe IndexMap Decode(ReadOnlySpan<byte> data, string name = "memory", ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        limits.CheckLength(data.Length, name);
        ImageFormat format = FormatSniffer.Recognise(data[..Math.Min(data.Length, FormatSniffer.BytesWanted)], data.Length, name);
        if (format != ImageFormat.Png)
            throw new ImageException($"{name}: this is a {format} picture; a map of indices is a palette or grey PNG file.");
        PngHeader header;
        fixed (byte* bytes = data)
        {
            using var stream = new UnmanagedMemoryStream(bytes, data.Length);
            header = PngHeader.Read(new HeaderReader(stream, name));
        }
        limits.Check(header.Size, name);
        if (header.ColourType is not (0 or 3) || header.BitDepth > 8)
            throw new ImageException($"{name}: this PNG file has {header.Channels} channels of {header.BitDepth} bits; " +
                "a map of indices is a palette or grey PNG file of at most 8 bits. Save the indices, not their colours.");
        if (header.Orientation != 1)
            throw new ImageException($"{name}: this map of indices has EXIF orientation {header.Orientation}; save it upright.");
        return new IndexMap(header.Size, PngDecoder.DecodeIndices(data, header, name));
    }
}
