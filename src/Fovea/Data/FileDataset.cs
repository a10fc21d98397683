using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set on disk whose annotations have been read into memory, in a compact form; records are built when they are
/// asked for, and masks are read when an annotation is asked for its own. May be used from several threads at once.</summary>
public abstract class FileDataset : IDataset
{
    private readonly IReadOnlyList<PictureEntry> _pictures;
    private readonly ImageSize?[] _sizes;
    private readonly bool _idsFromPosition;
    private readonly IReadOnlyDictionary<int, Skeleton> _skeletons;

    private protected FileDataset(
        string name, IReadOnlyList<Category> categories, IReadOnlyList<PictureEntry> pictures, bool idsFromPosition,
        IReadOnlyDictionary<int, Skeleton>? skeletons = null)
    {
        Name = name;
        Categories = categories;
        _pictures = pictures;
        _idsFromPosition = idsFromPosition;
        _skeletons = skeletons ?? new Dictionary<int, Skeleton>();
        // Boxes need their picture's size. Without boxes, asking a million files for it would only take time.
        _sizes = [.. pictures.Select(p => p.Stated ?? (p.Class is null && p.Mask is null ? SizeOf(p) : null))];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Category> Categories { get; }

    /// <inheritdoc/>
    public virtual AnnotationKind Kind => AnnotationKind.Boxes;

    /// <inheritdoc/>
    public virtual IReadOnlyList<Category> SecondCategories => [];

    /// <inheritdoc/>
    public Skeleton? SkeletonOf(int category) => _skeletons.GetValueOrDefault(category);

    /// <inheritdoc/>
    public int Count => _pictures.Count;

    /// <summary>A picture's record as its annotation file states it, boxes unchanged. The size is the stated one (or, where none
    /// is stated, that of the picture's header); <see cref="Load"/> gives the true one.</summary>
    public ImageRecord this[int index] => Record(index, _sizes[index] ?? SizeOf(_pictures[index]));

    /// <inheritdoc/>
    public int? CategoryOf(int index) => _pictures[index].Class;

    /// <inheritdoc/>
    public Sample Load(int index)
    {
        Image image = _pictures[index].ReadImage();
        ImageRecord record = Record(index, image.Size);
        return new Sample(record, image, record.Annotations)
        {
            Labels = LabelsOf(_pictures[index], image.Size), SecondLabels = SecondLabelsOf(_pictures[index], image.Size),
        };
    }

    /// <summary>The class of every pixel of a picture of this size, where the data set tells it.</summary>
    private protected virtual SegmentationMap? LabelsOf(PictureEntry picture, ImageSize size) => null;

    /// <summary>A second class of every pixel of a picture of this size, where the data set tells one.</summary>
    private protected virtual SegmentationMap? SecondLabelsOf(PictureEntry picture, ImageSize size) => null;

    /// <inheritdoc/>
    /// <remarks>JPEG files of whole pictures with a class are decoded at 1/2, 1/4 or 1/8 of their size. Other pictures come as they
    /// are.</remarks>
    public Sample LoadReduced(int index, Func<ImageSize, ImageSize> atLeast)
    {
        PictureEntry picture = _pictures[index];
        if (picture.Class is null || picture.Packed is not null) return Load(index);
        ImageSize full = default;
        Image image = Image.LoadScaled(picture.Path, size => atLeast(full = size));
        ImageRecord record = Record(index, full);
        return new Sample(record, image, record.Annotations);
    }

    private ImageRecord Record(int index, ImageSize size)
    {
        PictureEntry picture = _pictures[index];
        ReadOnlySpan<ObjectEntry> objects = picture.Objects.Span;
        InstanceMasks.OfPicture? masks = picture.Masks?.Open(picture);
        Annotation[] annotations = objects.Length == 0 ? [] : new Annotation[objects.Length];
        for (int i = 0; i < annotations.Length; i++)
        {
            ObjectEntry o = objects[i];
            annotations[i] = new Annotation
            {
                Box = o.Box,
                Category = o.Class,
                IsCrowd = o.IsCrowd,
                IsDifficult = o.IsDifficult,
                Area = double.IsNaN(o.Area) ? o.Box.Area : o.Area,
                Id = o.Id,
                LazyMask = o.HasMask ? masks!.Of(i, size) : null,
                Keypoints = o.Keypoints ?? [],
            };
        }
        return new ImageRecord(_idsFromPosition ? index : picture.Id, picture.Path, size, annotations) { Category = picture.Class };
    }

    private static ImageSize SizeOf(PictureEntry picture)
    {
        try
        {
            return picture.ReadSize();
        }
        catch (ImageException e)
        {
            throw new DataException(picture.Position.Resolve(),
                $"no picture size is stated, and the picture cannot tell it either. {e.Message}", e);
        }
    }
}
