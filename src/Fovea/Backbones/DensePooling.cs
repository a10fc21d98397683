using Fovea.Torch;

namespace Fovea.Backbones;

/// <summary>Pooling of 2x2 pixels without its stride, for dilated networks: every other pixel (every pixel whose place is a multiple of
/// twice the distance) is what the pooling with its stride gives. The last rows and columns are repeated, so that the size stays.</summary>
internal static class DensePooling
{
    private static readonly Operator ReplicationPad = new("aten::replication_pad2d");

    /// <summary>Largest of four pixels: N x C x H x W to the same shape.</summary>
    public static Tensor Max(Tensor input) => Functional.MaxPool2d(Extended(input, 1), 2, 1);

    /// <summary>Mean of four pixels that are so far apart: N x C x H x W to the same shape.</summary>
    public static Tensor Mean(Tensor input, long distance)
    {
        (long height, long width) = (input.Size(2), input.Size(3));
        Tensor padded = Extended(input, distance);
        Tensor rows = padded.Slice(2, 0, height) + padded.Slice(2, distance);                             // N,C,H,W+d
        return (rows.Slice(3, 0, width) + rows.Slice(3, distance)).MultiplyInPlace(0.25).ChannelsLast();   // N,C,H,W
    }

    private static Tensor Extended(Tensor input, long count) => ReplicationPad.Call(input, (long[])[0, count, 0, count]).ChannelsLast();
}
