using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>One class for every pixel of a picture: one byte a pixel, row by row.</summary>
public sealed class SegmentationMap
{
    /// <summary>The label of pixels that belong to no class: not trained on and not counted.</summary>
    public const byte Ignore = 255;

    /// <summary>Wraps existing labels, without a copy.</summary>
    /// <param name="size">Size of the picture.</param>
    /// <param name="labels">Height x width bytes, each a zero-based class or <see cref="Ignore"/>.</param>
    /// <exception cref="ArgumentException">The number of bytes is not height x width.</exception>
    public SegmentationMap(ImageSize size, byte[] labels)
    {
        if (labels.Length != size.Pixels)
            throw new ArgumentException($"A map of {size} needs {size.Pixels} bytes, but {labels.Length} were given.", nameof(labels));
        Size = size;
        Labels = labels;
    }

    /// <summary>Size of the picture that the map covers.</summary>
    public ImageSize Size { get; }

    /// <summary>Height x width bytes, row by row.</summary>
    public byte[] Labels { get; }

    /// <summary>The label of one pixel.</summary>
    public byte this[int y, int x] => Labels[y * Size.Width + x];
}
