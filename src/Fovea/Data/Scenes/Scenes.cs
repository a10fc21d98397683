using System.Collections;
using Fovea.Data.Scenery;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>Scenes: a data set that draws its own pictures, with exact boxes, masks, key points and a class for every pixel.</summary>
/// <remarks>
/// <para>Sky, hills, grass, road and water, with houses, trees, cars, boats and people in perspective, which hide each other.
/// Picture i depends on the seed and i alone and is the same, bit for bit, on every machine.</para>
/// <para>A box is the smallest one around the pixels that are seen of an object. Objects of which less than a quarter would be
/// seen (hidden by nearer ones or cut off by the picture's edge), or that would be only a few pixels large, are not drawn at all:
/// whatever is in a picture is annotated. Objects come nearest first. People have the 17 key points of
/// <see cref="Skeleton.CocoPerson"/>: visibility 2 where seen, 1 where something hides them, 0 outside the picture.</para>
/// <para>Safe to use from several threads.</para>
/// </remarks>
public sealed class Scenes : IDataset
{
    private readonly ImageSize _size;
    private readonly ulong _seed;

    /// <summary>A data set of scenes.</summary>
    /// <param name="count">Number of pictures, at least 1.</param>
    /// <param name="seed">Different seeds give different pictures, so training and validation take two.</param>
    /// <param name="size">Size of every picture, 240 x 320 where null; each side 32 to 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count or the size is out of range.</exception>
    public Scenes(int count, ulong seed, ImageSize? size = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _size = size ?? new ImageSize(240, 320);
        if (_size.Height is < 32 or > 4096 || _size.Width is < 32 or > 4096)
            throw new ArgumentOutOfRangeException(nameof(size), $"A scene is {_size} pixels; each side must be 32 to 4096.");
        Count = count;
        _seed = seed;
    }

    /// <inheritdoc/>
    public string Name => $"Scenes (seed {_seed})";

    /// <summary>The objects: house, tree, car, boat and person.</summary>
    public IReadOnlyList<Category> Categories { get; } =
        [new(1, "house"), new(2, "tree"), new(3, "car"), new(4, "boat"), new(5, "person")];

    /// <summary>The classes of <see cref="Sample.Labels"/>, in their order; the objects' classes are the last five.</summary>
    public static IReadOnlyList<string> SemanticClasses { get; } =
        ["sky", "hill", "grass", "road", "water", "house", "tree", "car", "boat", "person"];

    /// <inheritdoc/>
    public Skeleton? SkeletonOf(int category) => Categories[category].Name == "person" ? Skeleton.CocoPerson : null;

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>A picture's record. Its annotations are drawn when they are first asked for, and kept by the record.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public ImageRecord this[int index]
    {
        get
        {
            Check(index);
            return new ImageRecord(index, PathOf(index), _size, new DrawnAnnotations(_size, _seed, index));
        }
    }

    /// <summary>Draws a picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public Sample Load(int index)
    {
        Check(index);
        (Image image, Annotation[] annotations, SegmentationMap labels) = Scene.Draw(_size, _seed, index);
        return new Sample(new ImageRecord(index, PathOf(index), _size, annotations), image, annotations) { Labels = labels };
    }

    private string PathOf(int index) => $"scene-{_seed}-{index:D6}.png";

    private void Check(int index)
    {
        if ((uint)index >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has pictures 0 to {Count - 1}.");
    }

    // A record must be cheap, because a loader asks for the size of every picture; drawing takes milliseconds.
    private sealed class DrawnAnnotations(ImageSize size, ulong seed, int index) : IReadOnlyList<Annotation>
    {
        private readonly Lazy<Annotation[]> _drawn = new(() => Scene.Draw(size, seed, index).Annotations);

        public Annotation this[int i] => _drawn.Value[i];

        public int Count => _drawn.Value.Length;

        public IEnumerator<Annotation> GetEnumerator() => _drawn.Value.AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
