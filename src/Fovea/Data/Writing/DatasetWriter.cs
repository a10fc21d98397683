using System.Globalization;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>Writes a data set in one format, a split after the other.</summary>
internal abstract class DatasetWriter(OutputFolder folder, IReadOnlyList<Category> categories, IReadOnlyDictionary<int, Skeleton> skeletons,
    LossCounter losses)
{
    protected OutputFolder Folder { get; } = folder;

    protected IReadOnlyList<Category> Categories { get; } = categories;

    protected IReadOnlyDictionary<int, Skeleton> Skeletons { get; } = skeletons;

    protected LossCounter Losses { get; } = losses;

    /// <summary>Whether the format has a folder of pictures for each split, so that a picture of two is there twice.</summary>
    public virtual bool HasFolderOfEachSplit => true;

    /// <summary>Writes the pictures of a split and what is told of them.</summary>
    public abstract void WriteSplit(string split, IEnumerable<WrittenPicture> pictures);

    /// <summary>Writes what belongs to all splits.</summary>
    public abstract void Finish();

    /// <summary>The classes, a name a line.</summary>
    /// <exception cref="DataException">A name does not fit in a line.</exception>
    protected void WriteClasses()
    {
        foreach (Category category in Categories)
            if (category.Name.Any(char.IsControl) || category.Name.Trim() != category.Name)
                throw new DataException($"the class '{OneLine.Shorten(category.Name)}' cannot be written as a line of a class list: its name begins or " +
                    "ends with a blank, or holds a line end.");
        File.WriteAllText(Path.Combine(Folder.Root, "classes.txt"), string.Concat(Categories.Select(c => c.Name + "\n")));
    }

    /// <summary>Counts the classes that get another id, because the format numbers them from 1.</summary>
    protected void CountClassIds()
    {
        for (int i = 0; i < Categories.Count; i++)
            if (Categories[i].Id != i + 1) Losses.Add(ConversionLoss.CategoryId);
    }

    /// <summary>A number in the fewest digits from which it comes back.</summary>
    protected static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
