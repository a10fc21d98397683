using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>A change of a picture together with its annotations: boxes, masks, key points and the class map move with the
/// pixels.</summary>
/// <remarks>Immutable and safe to use from several threads. A transform never changes the sample it is given. Whatever is random
/// comes from the stream that is handed in, so the result depends on the sample and the stream alone.</remarks>
public abstract record Transform
{
    /// <summary>The changed sample.</summary>
    /// <param name="sample">A picture and its annotations in the picture's own pixels.</param>
    /// <param name="random">Where random choices come from; it advances.</param>
    public abstract Sample Apply(Sample sample, ref SampleRandom random);

    /// <summary>The smallest height and width that a picture may be read at, where this transform shrinks it anyway and accepts a sample
    /// whose picture is smaller than its record says. By default the full size.</summary>
    /// <param name="size">The picture's full size.</param>
    /// <param name="random">The stream that <see cref="Apply"/> will get, as it will be then.</param>
    public virtual ImageSize LeastSize(ImageSize size, SampleRandom random) => size;
}

/// <summary>Several transforms, one after the other.</summary>
/// <remarks>Each gets a stream of its own, so that how much one of them draws does not change what the next one does.</remarks>
public sealed record Compose : Transform
{
    /// <summary>A chain of transforms; an empty one changes nothing.</summary>
    public Compose(params IReadOnlyList<Transform> steps) => Steps = steps;

    /// <summary>The transforms in their order.</summary>
    public IReadOnlyList<Transform> Steps { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        foreach (Transform step in Steps)
        {
            SampleRandom own = random.Split(random.NextUInt64());
            sample = step.Apply(sample, ref own);
        }
        return sample;
    }

    /// <inheritdoc/>
    public override ImageSize LeastSize(ImageSize size, SampleRandom random) =>
        Steps.Count == 0 ? size : Steps[0].LeastSize(size, random.Split(random.NextUInt64()));
}
