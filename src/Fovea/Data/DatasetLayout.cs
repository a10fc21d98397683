using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set found on disk: its format and its splits, before any annotation is read.</summary>
public abstract class DatasetLayout
{
    private protected DatasetLayout(string root, DatasetFormat format, IReadOnlyList<string> splits)
    {
        Root = root;
        Format = format;
        Splits = splits;
    }

    /// <summary>The folder or file that was named.</summary>
    public string Root { get; }

    /// <summary>How the data set is laid out.</summary>
    public DatasetFormat Format { get; }

    /// <summary>The splits that are there: train, val, trainval and test first, others by name.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>What is told of the pictures.</summary>
    public virtual AnnotationKind Kind => AnnotationKind.Boxes;

    /// <summary>True where each picture has one class as a whole (<see cref="ImageRecord.Category"/>) instead of annotated
    /// objects.</summary>
    public bool IsOfWholePictures => Kind == AnnotationKind.Classes;

    /// <summary>Reads the annotations of one split.</summary>
    /// <param name="split">A name of <see cref="Splits"/>. "train" also finds "train2017" where that is the only one.</param>
    /// <param name="categories">The class list to use, such as a checkpoint's, instead of the data set's own: classes are
    /// matched by name. Null takes the data set's own.</param>
    /// <exception cref="DataException">There is no such split, an annotation file cannot be read, or an object's class is
    /// not in the list.</exception>
    public abstract IDataset Open(string split, IReadOnlyList<Category>? categories = null);

    /// <summary>Reads what the files state; what cannot be accepted goes to <paramref name="faults"/> and is left out.</summary>
    internal abstract DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults);

    /// <summary>Pictures that lie in the data set's picture folders, as far as they can be listed.</summary>
    internal abstract IEnumerable<string> PictureFiles();

    /// <summary>An object's box in the words of its format, such as "xmin 5, ymin 7, xmax 5, ymax 9".</summary>
    internal abstract string Describe(Box box);

    /// <summary>Where a split of this name would have to lie, for messages: "a file coco/annotations/instances_val.json".</summary>
    public abstract string PlaceOf(string split);

    /// <summary>Whether <see cref="Open"/> finds a split under this name.</summary>
    public bool HasSplit(string split) => FindSplit(split) is not null;

    /// <summary>The split that a user means.</summary>
    internal string ResolveSplit(string split) =>
        FindSplit(split) ?? throw new DataException($"{Root} has no split '{split}'. It has: {string.Join(", ", Splits)}.");

    private string? FindSplit(string split)
    {
        if (Splits.Contains(split)) return split;
        string[] years = [.. Splits.Where(s =>
            s.StartsWith(split, StringComparison.Ordinal) && s[split.Length..].All(char.IsAsciiDigit))];
        return split.Length > 0 && years.Length == 1 ? years[0] : null;
    }

    private protected static string[] InOrder(IEnumerable<string> splits) =>
        [.. splits.Distinct().OrderBy(Rank).ThenBy(s => s, StringComparer.Ordinal)];

    private static int Rank(string split) => split.TrimEnd("0123456789".ToCharArray()) switch
    {
        "train" => 0,
        "val" or "valid" => 1,
        "trainval" => 2,
        "test" => 3,
        _ => 4,
    };
}
