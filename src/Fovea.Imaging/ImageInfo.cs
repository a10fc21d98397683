namespace Fovea.Imaging;

/// <summary>What a picture file's header says.</summary>
/// <param name="Format">Told by the content, not by the file's name.</param>
/// <param name="Size">Height and width as <see cref="Image.Load(string, ImageLimits?)"/> gives them, that is after EXIF
/// orientation.</param>
/// <param name="StoredSize">Height and width as stored, before orientation.</param>
/// <param name="Orientation">The EXIF orientation, 1 to 8; 1 (upright) where the file has none or a meaningless one.</param>
/// <param name="Channels">Stored colour channels with alpha: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha or CMYK. A
/// palette counts as colour.</param>
/// <param name="BitDepth">Bits of one stored channel; for a palette, bits of an index.</param>
/// <param name="HasAlpha">True when pixels may be transparent.</param>
public sealed record ImageInfo(
    ImageFormat Format, ImageSize Size, ImageSize StoredSize, int Orientation, int Channels, int BitDepth, bool HasAlpha);
