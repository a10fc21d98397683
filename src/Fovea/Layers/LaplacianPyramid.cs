using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>The Laplacian pyramid: a picture split into bands, each half as large as the one before; the last holds what is left. Each band
/// plus the enlarged rest is the picture of its size again.</summary>
/// <remarks>Burt and Adelson: "The Laplacian Pyramid as a Compact Image Code" (1983), sections I to III, with a = 0.375: the binomial window
/// 1 4 6 4 1. Borders are repeated before a picture is blurred.</remarks>
public static class LaplacianPyramid
{
    private static readonly Operator ReplicationPad = new("aten::replication_pad2d");

    /// <summary>The bands of a picture.</summary>
    /// <param name="picture">N x C x H x W.</param>
    /// <param name="count">How many, from 1 on.</param>
    /// <returns>From fine to coarse: N x C x H x W, then sides halved and rounded up.</returns>
    public static Tensor[] Split(Tensor picture, int count)
    {
        using var scope = new TensorScope();
        var bands = new Tensor[Check.Positive(count)];
        for (int i = 0; i < count - 1; i++)
        {
            Tensor rest = Reduce(picture);
            bands[i] = picture - Expand(rest, picture.Size(2), picture.Size(3));
            picture = rest;
        }
        bands[^1] = picture;
        return scope.Keep(bands);
    }

    /// <summary>Blurred, and every second pixel of it from the first on: N x C x H x W to half of the sides, rounded up.</summary>
    public static Tensor Reduce(Tensor picture)
    {
        using var scope = new TensorScope();
        long channels = picture.Size(1);
        Tensor padded = ReplicationPad.Call(picture, (long[])[2, 2, 2, 2]);
        return scope.Keep(Functional.Conv2d(padded, Window(picture, 1), null, [2, 2], [0, 0], [1, 1], channels));
    }

    /// <summary>Twice as large, between the pixels by the same window.</summary>
    /// <param name="picture">N x C x h x w.</param>
    /// <param name="height">2 h or 2 h - 1.</param>
    /// <param name="width">2 w or 2 w - 1.</param>
    public static Tensor Expand(Tensor picture, long height, long width)
    {
        using var scope = new TensorScope();
        long more = height - (2 * picture.Size(2) - 1), wider = width - (2 * picture.Size(3) - 1);
        return scope.Keep(Functional.ConvTranspose2d(picture, Window(picture, 4), null, [2, 2], [2, 2], [more, wider], picture.Size(1)));
    }

    // C,1,5,5; a quarter of the places of an enlarged picture have a pixel.
    private static Tensor Window(Tensor picture, double scale)
    {
        float[] line = [1, 4, 6, 4, 1];
        Tensor column = Tensor.From(line, 5, 1);
        return (column.MatMul(column.Transpose(0, 1)) * (scale / 256)).To(picture.Device, picture.DType)
            .Expand(picture.Size(1), 1, 5, 5).Contiguous();
    }
}
