using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>One picture of a data set with its annotations, before its pixels are read.</summary>
/// <param name="Id">The data set's own id (COCO's image id), or the zero-based position where it has none.</param>
/// <param name="Path">The picture's file, or a name for it where it has no file.</param>
/// <param name="Size">The picture's size as it will be decoded (after EXIF orientation).</param>
/// <param name="Annotations">The annotated objects, in the order of the file.</param>
public sealed record ImageRecord(long Id, string Path, ImageSize Size, IReadOnlyList<Annotation> Annotations)
{
    /// <summary>What the whole picture shows, as a zero-based index into the data set's categories; null where the data set tells
    /// of objects in the picture instead.</summary>
    public int? Category { get; init; }

    /// <summary>Whether every object has a mask.</summary>
    public bool HasMasks => Annotations.All(annotation => annotation.HasMask);
}

/// <summary>One picture with its pixels and annotations: what transforms take and give.</summary>
/// <param name="Record">Where it comes from: id and path, with the original size and annotations.</param>
/// <param name="Image">The pixels; smaller than the record's size where it was read so (<see cref="IDataset.LoadReduced"/>).</param>
/// <param name="Annotations">The objects in coordinates of <paramref name="Image"/>.</param>
public sealed record Sample(ImageRecord Record, Image Image, IReadOnlyList<Annotation> Annotations)
{
    /// <summary>The class of every pixel of <see cref="Image"/>, or null where the data set does not tell it.</summary>
    public SegmentationMap? Labels { get; init; }

    /// <summary>A second class of every pixel, by another list of classes (<see cref="IDataset.SecondCategories"/>), or null where the data
    /// set tells none: what surface a thing is, beside what it is.</summary>
    public SegmentationMap? SecondLabels { get; init; }

    /// <summary>The sample with another picture, whose maps of classes have moved with it.</summary>
    /// <param name="image">The new picture.</param>
    /// <param name="move">From a map of this picture to one of the new.</param>
    internal Sample Moved(Image image, Func<SegmentationMap, SegmentationMap> move) => this with
    {
        Image = image,
        Labels = Labels is null ? null : move(Labels),
        SecondLabels = SecondLabels is null ? null : move(SecondLabels),
    };
}

/// <summary>A data set of pictures with annotated objects, with a class for every pixel, or with one class each. Implementations may
/// be used from several threads at once.</summary>
public interface IDataset
{
    /// <summary>A short name for messages, such as "VOC train".</summary>
    string Name { get; }

    /// <summary>The classes, in the order that <see cref="Annotation.Category"/> counts, or <see cref="Sample.Labels"/> where <see
    /// cref="Kind"/> says so.</summary>
    IReadOnlyList<Category> Categories { get; }

    /// <summary>The classes that <see cref="Sample.SecondLabels"/> counts; empty where pictures have no second map.</summary>
    IReadOnlyList<Category> SecondCategories => [];

    /// <summary>What is told of the pictures; the classes are those of that.</summary>
    AnnotationKind Kind => AnnotationKind.Boxes;

    /// <summary>The key points of a category's objects; null where it has none.</summary>
    /// <param name="category">Zero-based index.</param>
    Skeleton? SkeletonOf(int category) => null;

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Whether there are objects whose masks can be measured: a picture with objects that all have one.</summary>
    bool HasMasks() => Enumerable.Range(0, Count).Any(i => this[i] is { Annotations.Count: > 0, HasMasks: true });

    /// <summary>Whether any category has key points, labelled or not.</summary>
    bool HasKeypoints() => Enumerable.Range(0, Categories.Count).Any(category => SkeletonOf(category) is not null);

    /// <summary>Whether any key point of an object is labelled; crowds do not count.</summary>
    bool HasLabelledKeypoints() => Enumerable.Range(0, Count).Any(i =>
        this[i].Annotations.Any(a => !a.IsCrowd && a.Keypoints.Any(point => point.Visibility > 0)));

    /// <summary>A picture's record, without reading its pixels.</summary>
    ImageRecord this[int index] { get; }

    /// <summary>A picture's <see cref="ImageRecord.Category"/>, without reading even its size: for looking through all of them.</summary>
    int? CategoryOf(int index) => this[index].Category;

    /// <summary>Reads one picture.</summary>
    /// <exception cref="ImageException">The picture is missing, damaged or too large.</exception>
    Sample Load(int index);

    /// <summary>Reads one picture that will be shrunk anyway: it may come smaller than it is, where that is faster. Its record has the full
    /// size.</summary>
    /// <param name="index">Which picture.</param>
    /// <param name="atLeast">From the full size to the smallest height and width of use.</param>
    /// <exception cref="ImageException">The picture is missing, damaged or too large.</exception>
    Sample LoadReduced(int index, Func<ImageSize, ImageSize> atLeast) => Load(index);
}
