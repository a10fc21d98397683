namespace Fovea.Imaging;

/// <summary>How large a picture may be, so that a small hostile file cannot take all memory. Checked against the header, before any
/// allocation.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Most pixels of one picture. Default 134,217,728 (128 megapixels, 384 MiB once decoded); at most 715,827,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than one array of pixels can hold.</exception>
    public long MaxPixels
    {
        get;
        init => field = value is >= 1 and <= 715_827_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxPixels), value, "The limit must lie between 1 and 715,827,000 pixels.");
    } = 128L << 20;

    /// <summary>Most bytes of one picture file. Default 1 GiB; at most 2,147,483,591.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than one array can hold.</exception>
    public long MaxFileBytes
    {
        get;
        init => field = value >= 1 && value <= Array.MaxLength ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxFileBytes), value,
                $"The limit must lie between 1 and {Array.MaxLength} bytes.");
    } = 1L << 30;

    /// <summary>Throws when a picture of this size is over the limit.</summary>
    internal void Check(ImageSize size, string name)
    {
        if (size.Pixels > MaxPixels)
            throw new ImageException($"{name}: the picture is {size} ({size.Pixels:N0} pixels), over the limit of {MaxPixels:N0}. " +
                $"If it is wanted, raise {nameof(ImageLimits)}.{nameof(MaxPixels)}.");
    }

    /// <summary>Throws when a file of this length is over the limit.</summary>
    internal void CheckLength(long length, string name)
    {
        if (length > MaxFileBytes)
            throw new ImageException($"{name}: the file holds {length:N0} bytes, over the limit of {MaxFileBytes:N0}. " +
                $"If it is wanted, raise {nameof(ImageLimits)}.{nameof(MaxFileBytes)}.");
    }
}
