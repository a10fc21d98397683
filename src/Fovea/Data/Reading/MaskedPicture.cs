using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>A picture that has a mask.</summary>
/// <param name="Path">The picture's file.</param>
/// <param name="Mask">Where its labels come from.</param>
/// <param name="Listed">Where its split lists it, or the picture itself.</param>
internal sealed record MaskedPicture(string Path, MaskSource Mask, FilePosition Listed)
{
    /// <summary>Where the pixels are when many pictures share one file.</summary>
    public PackedPicture? Packed { get; init; }

    /// <summary>Where its second labels come from; null where it has none.</summary>
    public MaskSource? Second { get; init; }

    /// <summary>Its size where a file states it, so that the picture need not be asked.</summary>
    public ImageSize? Stated { get; init; }

    public PictureEntry ToEntry() => new()
    {
        Id = 0, Path = Path, Exists = true, Position = new FilePosition(Path), SizePosition = new FilePosition(Path), Stated = Stated,
        Mask = Mask, SecondMask = Second, Packed = Packed,
    };
}

/// <summary>Where the values of a mask come from.</summary>
/// <param name="Name">The file, for messages; unique in the data set.</param>
internal abstract record MaskSource(string Name)
{
    /// <summary>Reads the values as they are stored.</summary>
    /// <exception cref="DataException">It is missing, damaged, or no mask.</exception>
    public abstract IndexMap Read();
}

/// <summary>A palette or grey PNG file of indices.</summary>
internal sealed record PngMask(string Name) : MaskSource(Name)
{
    public override IndexMap Read()
    {
        try
        {
            return IndexMap.Load(Name);
        }
        catch (ImageException e)
        {
            string place = Name + ": ";
            string reason = e.Message.StartsWith(place, StringComparison.Ordinal) ? e.Message[place.Length..] : e.Message;
            throw new DataException(new DataLocation(Name), $"the mask cannot be read: {reason}", e);
        }
    }
}
