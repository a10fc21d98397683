using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set whose pictures have one class each as a whole, and no annotated objects.</summary>
public abstract class ClassLayout : DatasetLayout
{
    private protected ClassLayout(string root, DatasetFormat format, IReadOnlyList<string> splits) : base(root, format, splits) { }

    /// <inheritdoc/>
    public override AnnotationKind Kind => AnnotationKind.Classes;

    /// <inheritdoc/>
    public override ClassDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        DataListing listing = Read([ResolveSplit(split)], categories, Fault.Throw);
        return new ClassDataset(this, listing, listing.Splits[0]);
    }

    // What lies in a class's folder is listed by that, and what shares a file cannot be missing from it.
    internal override IEnumerable<string> PictureFiles() => [];

    internal override string Describe(Box box) => throw new InvalidOperationException("Our own bug: whole pictures have no boxes.");

    /// <summary>The place of each class of a data set in the list that is used, by its name.</summary>
    private protected static Dictionary<string, int> Places(IReadOnlyList<Category> categories)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < categories.Count; i++) places.TryAdd(categories[i].Name, i);
        return places;
    }
}
