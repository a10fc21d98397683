using Fovea.Imaging.Formats;

namespace Fovea.Imaging;

public sealed partial class Image
{
    /// <summary>Reads a picture from a JPEG, PNG or WebP file, upright as its EXIF orientation tells.</summary>
    /// <remarks>Grey, palette and CMYK pictures become RGB, 16-bit channels are rounded to 8, and transparent pixels lie on white.
    /// Stored values are taken as sRGB: colour profiles and gamma are not applied, as PIL and OpenCV do not either. The format is
    /// told by the content, so a PNG that is called .jpg is read all the same. Safe from several threads at once.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="limits">How large a picture may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">The file is missing, not a picture, truncated, damaged, or over a limit.</exception>
    public static Image Load(string path, ImageLimits? limits = null) =>
        ImageFile.Read(path, limits ?? ImageLimits.Default, data => Decode(data, path, limits));

    /// <summary>Reads a picture from a stream, from where it stands to its end.</summary>
    /// <param name="stream">Any readable stream.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="limits">How large a picture may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">Not a picture, truncated, damaged, or over a limit.</exception>
    public static Image Load(Stream stream, string name = "stream", ImageLimits? limits = null)
    {
        using MemoryStream copy = ImageFile.ReadToEnd(stream, name, limits ?? ImageLimits.Default);
        return Decode(copy.GetBuffer().AsSpan(0, (int)copy.Length), name, limits);
    }

    /// <summary>Reads a picture from the bytes of a JPEG, PNG or WebP file.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="limits">How large a picture may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">Not a picture, truncated, damaged, or over a limit.</exception>
    public static Image Decode(ReadOnlySpan<byte> data, string name = "memory", ImageLimits? limits = null) =>
        Decode(data, name, limits, atLeast: null);

    /// <summary>Reads a picture that will be shrunk anyway: a JPEG file is decoded at 1/2, 1/4 or 1/8 of its size, the smallest
    /// that is still at least <paramref name="atLeast"/>, which is up to twice as fast. Other formats come at their full size.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atLeast">The smallest height and width of use, in the upright picture. A smaller picture comes as it is.</param>
    /// <param name="limits">How large the stored picture may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">As for <see cref="Load(string, ImageLimits?)"/>.</exception>
    public static Image LoadScaled(string path, ImageSize atLeast, ImageLimits? limits = null) => LoadScaled(path, _ => atLeast, limits);

    /// <summary>Reads a picture that will be shrunk anyway, by how much depends on its size.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atLeast">From the upright picture's full height and width to the smallest ones of use.</param>
    /// <param name="limits">How large the stored picture may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="ImageException">As for <see cref="Load(string, ImageLimits?)"/>.</exception>
    public static Image LoadScaled(string path, Func<ImageSize, ImageSize> atLeast, ImageLimits? limits = null) =>
        ImageFile.Read(path, limits ?? ImageLimits.Default, data => Decode(data, path, limits, atLeast));

    /// <summary>Reads only a file's header: the size without the cost of the pixels. Whether the pixels are whole is not checked.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ImageException">The file is missing, not a picture, or truncated or damaged within its header.</exception>
    public static ImageInfo ReadInfo(string path)
    {
        using FileStream stream = ImageFile.Open(path, bufferSize: 4096);
        return ReadInfo(stream, path);
    }

    /// <summary>Reads only the header of the picture in a stream, which is left at any position.</summary>
    /// <param name="stream">A stream that can seek; the picture begins at its start.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="ImageException">Not a picture, or truncated or damaged within its header.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public static ImageInfo ReadInfo(Stream stream, string name = "stream")
    {
        if (!stream.CanSeek)
            throw new ArgumentException("A header can only be read from a stream that can seek; copy it to memory first.", nameof(stream));
        try
        {
            stream.Position = 0;
            return HeaderOf(stream, name).Info;
        }
        catch (IOException e) when (e is not ImageException)
        {
            throw new ImageException($"{name}: the file cannot be read: {e.Message}", e);
        }
    }

    private static unsafe Image Decode(ReadOnlySpan<byte> data, string name, ImageLimits? limits, Func<ImageSize, ImageSize>? atLeast)
    {
        limits ??= ImageLimits.Default;
        limits.CheckLength(data.Length, name);
        if (data.IsEmpty) FormatSniffer.Recognise(data, 0, name); // throws; and what is empty cannot be pinned
        fixed (byte* bytes = data)
        {
            using var stream = new UnmanagedMemoryStream(bytes, data.Length);
            (ImageInfo info, object header) = HeaderOf(stream, name);
            limits.Check(info.StoredSize, name);
            ImageSize? least = atLeast?.Invoke(info.Size);
            if (info.Orientation >= 5 && least is { } upright) least = new ImageSize(upright.Width, upright.Height);
            Image stored = header switch
            {
                JpegHeader jpeg => JpegDecoder.Decode(data, jpeg, least, name),
                PngHeader png => PngDecoder.Decode(data, png, name),
                WebPHeader webp => WebPDecoder.Decode(data, webp, name),
                _ => throw new InvalidOperationException("Our own bug: a header without a decoder."),
            };
            return ExifOrientation.Apply(stored, info.Orientation);
        }
    }

    private static (ImageInfo Info, object Header) HeaderOf(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[FormatSniffer.BytesWanted];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        ImageFormat format = FormatSniffer.Recognise(start, stream.Length, name);
        var reader = new HeaderReader(stream, name);
        switch (format)
        {
            case ImageFormat.Jpeg:
                JpegHeader jpeg = JpegHeader.Read(reader);
                return (Info(jpeg.Size, jpeg.Orientation, jpeg.Components, 8, false), jpeg);
            case ImageFormat.Png:
                PngHeader png = PngHeader.Read(reader);
                return (Info(png.Size, png.Orientation, png.Channels, png.BitDepth, png.HasAlpha), png);
            default:
                WebPHeader webp = WebPHeader.Read(reader);
                return (Info(webp.Size, webp.Orientation, webp.HasAlpha ? 4 : 3, 8, webp.HasAlpha), webp);
        }

        ImageInfo Info(ImageSize stored, int orientation, int channels, int bits, bool alpha) =>
            new(format, ExifOrientation.Upright(stored, orientation), stored, orientation, channels, bits, alpha);
    }
}
