using Fovea.Classification;
using Fovea.Data;
using Fovea.Torch;

namespace Fovea.Training;

/// <summary>A prepared batch of a classifier, on the CPU.</summary>
/// <param name="Samples">The pictures.</param>
/// <param name="Pixels">N x 3 x S x S, normalised.</param>
/// <param name="Targets">N, int64: the class of each picture, from 0.</param>
public sealed record ClassificationBatch(IReadOnlyList<Sample> Samples, Tensor Pixels, Tensor Targets) : IDisposable
{
    /// <summary>Makes a batch of pictures as validation sees them. Its tensors belong to no scope.</summary>
    /// <exception cref="ArgumentException">A picture has no class.</exception>
    public static ClassificationBatch From(IReadOnlyList<Sample> samples, ClassificationTransform transform) =>
        Of(samples, transform.Batch([.. samples.Select(sample => sample.Image)]));

    /// <summary>Makes a batch of pictures that already have the network's size. Its tensors belong to no scope.</summary>
    /// <exception cref="ArgumentException">A picture has no class, or another size.</exception>
    public static ClassificationBatch FromSquares(IReadOnlyList<Sample> samples, ClassificationTransform transform) =>
        Of(samples, transform.BatchOfSquares([.. samples.Select(sample => sample.Image)]));

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Pixels.Dispose();
        Targets.Dispose();
    }

    private static ClassificationBatch Of(IReadOnlyList<Sample> samples, Tensor pixels)
    {
        long[] classes = [.. samples.Select(sample => (long)(sample.Record.Category ?? throw new ArgumentException(
            $"{sample.Record.Path} has no class as a whole: its data set tells of objects.", nameof(samples))))];
        return new ClassificationBatch(samples, pixels.Unscoped(), Tensor.From(classes, classes.Length).Unscoped());
    }
}
