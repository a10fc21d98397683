using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set as training sees it: a <see cref="BoxPolicy"/> applied to another data set, and told what it did.</summary>
/// <example><code>
/// var train = new TrainingDataset(Dataset.Open("bccd", "train"));
/// Console.WriteLine(train.Report); // 2,804 of 2,805 boxes in 205 pictures; dropped 1 too small (BloodImage_00343.jpg)
/// </code></example>
public sealed class TrainingDataset : IDataset
{
    private const int MostExamples = 3;

    private readonly IDataset _source;
    private readonly BoxPolicy _policy;
    private readonly int[] _kept;

    /// <summary>Looks through all records of a data set, without reading pictures.</summary>
    /// <param name="source">The data set as read.</param>
    /// <param name="policy">Null for the defaults.</param>
    public TrainingDataset(IDataset source, BoxPolicy? policy = null)
    {
        _source = source;
        _policy = policy ?? new BoxPolicy();
        int[] fates = new int[Enum.GetValues<BoxFate>().Length];
        int boxes = 0, empty = 0;
        List<string> examples = [];
        List<int> kept = [];
        for (int i = 0; i < source.Count; i++)
        {
            ImageRecord record = source[i];
            BoxFate[] judged = [.. record.Annotations.Select(annotation => _policy.Judge(annotation, record.Size, out _))];
            bool lacks = _policy.RequireMasks && record.Annotations.Zip(judged).Any(pair => IsLeft(pair.Second) && !pair.First.HasMask);
            bool any = false, example = false;
            foreach (BoxFate fate in judged)
            {
                fates[(int)(lacks && IsLeft(fate) ? BoxFate.WithoutMasks : fate)]++;
                any |= IsLeft(fate);
                example |= fate is BoxFate.TooSmall or BoxFate.Reversed or BoxFate.Outside;
            }
            boxes += record.Annotations.Count;
            if (example && examples.Count < MostExamples) examples.Add(Path.GetFileName(record.Path));
            if (!any) empty++;
            if (!lacks && (any || _policy.KeepEmptyPictures)) kept.Add(i);
        }
        _kept = [.. kept];
        Report = new BoxPolicyReport
        {
            Pictures = source.Count,
            Boxes = boxes,
            Clipped = fates[(int)BoxFate.Clipped],
            TooSmall = fates[(int)BoxFate.TooSmall],
            Reversed = fates[(int)BoxFate.Reversed],
            Outside = fates[(int)BoxFate.Outside],
            Crowds = fates[(int)BoxFate.Crowd],
            Difficult = fates[(int)BoxFate.Difficult],
            WithoutMasks = fates[(int)BoxFate.WithoutMasks],
            EmptyPictures = empty,
            DroppedPictures = source.Count - kept.Count,
            Examples = examples,
        };
    }

    /// <summary>What the policy did.</summary>
    public BoxPolicyReport Report { get; }

    /// <inheritdoc/>
    public string Name => _source.Name;

    /// <inheritdoc/>
    public IReadOnlyList<Category> Categories => _source.Categories;

    /// <inheritdoc/>
    public IReadOnlyList<Category> SecondCategories => _source.SecondCategories;

    /// <inheritdoc/>
    public AnnotationKind Kind => _source.Kind;

    /// <inheritdoc/>
    public Skeleton? SkeletonOf(int category) => _source.SkeletonOf(category);

    /// <inheritdoc/>
    public int Count => _kept.Length;

    /// <inheritdoc/>
    public ImageRecord this[int index]
    {
        get
        {
            ImageRecord record = _source[_kept[index]];
            return record with { Annotations = Apply(record.Annotations, record.Size) };
        }
    }

    /// <inheritdoc/>
    public Sample Load(int index)
    {
        Sample sample = _source.Load(_kept[index]);
        List<Annotation> annotations = Apply(sample.Annotations, sample.Image.Size);
        return sample with { Record = sample.Record with { Annotations = annotations }, Annotations = annotations };
    }

    private static bool IsLeft(BoxFate fate) => fate is BoxFate.Kept or BoxFate.Clipped;

    private List<Annotation> Apply(IReadOnlyList<Annotation> annotations, Imaging.ImageSize size)
    {
        List<Annotation> kept = new(annotations.Count);
        foreach (Annotation annotation in annotations)
        {
            if (IsLeft(_policy.Judge(annotation, size, out var box)))
                kept.Add(box == annotation.Box ? annotation : annotation with { Box = box });
        }
        return kept;
    }
}
