using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set of pictures and masks: files of the same size, whose values are classes.</summary>
/// <remarks>
/// <para>The classes are those of <c>classes.txt</c> where the folder has one: a name a line, counted from 0, or <c>value name</c>. A
/// class called void, ignore, unlabelled or unlabeled, in any case, is none: its pixels are ignored, as is 255 where the list does not
/// name it.</para>
/// <para>Without a list, and where the data set's own classes are not known, they are called class0, class1 and so on up to the largest
/// value that occurs in any split.</para>
/// <para>Where pictures have a second map of classes, <c>classes2.txt</c> names them in the same way.</para>
/// </remarks>
public abstract class MaskFileLayout : SegmentationLayout
{
    private protected MaskFileLayout(string root, DatasetFormat format, IReadOnlyList<string> splits) : base(root, format, splits) { }

    internal sealed override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        // A picture that two splits share is one entry.
        var entries = new Dictionary<string, PictureEntry>(StringComparer.Ordinal);
        var listings = new List<SplitListing>(splits.Count);
        foreach (string split in splits)
        {
            List<MaskedPicture> pictures = Pictures(split, faults);
            PictureEntry[] ofSplit = [.. pictures.Select(p => entries.TryGetValue(p.Path, out PictureEntry? known) ? known
                : entries[p.Path] = p.ToEntry())];
            listings.Add(new SplitListing(split, ofSplit, [.. pictures.Select(p => p.Listed)]));
        }
        LabelValues values = File.Exists(ClassFile) ? ReadClasses(faults) : KnownValues ?? Occurring(p => p.Mask, ClassFile, faults);
        var table = new LabelTable(values, categories, File.Exists(ClassFile) ? ClassFile : Root, faults);
        List<Labelling> labellings = [new(categories ?? values.Categories, values.Declared, table)];
        if (SecondValues(faults) is { } second)
            labellings.Add(new Labelling(second.Categories, second.Declared,
                new LabelTable(second, categories: null, File.Exists(SecondClassFile) ? SecondClassFile : Root, faults), IsSecond: true));
        return new DataListing(labellings[0].Categories, values.Declared, listings) { Notes = Notes, Labellings = labellings };
    }

    /// <summary>The pictures of a split that have a mask; others are faults.</summary>
    private protected abstract List<MaskedPicture> Pictures(string split, Action<Fault> faults);

    /// <summary>What is worth knowing of how the folder was read.</summary>
    private protected virtual IReadOnlyList<string> Notes => [];

    /// <summary>The data set's own classes where no list names them; null where only the masks can tell.</summary>
    private protected virtual LabelValues? KnownValues => null;

    /// <summary>The classes that the folder's list names.</summary>
    private protected virtual LabelValues ReadClasses(Action<Fault> faults) => LabelValues.Read(ClassFile, faults);

    /// <summary>The classes of the pictures' second maps; null where they have none.</summary>
    private protected virtual LabelValues? SecondValues(Action<Fault> faults) => null;

    private protected string ClassFile => Path.Combine(Root, Labelling.ClassFile(isSecond: false));

    private protected string SecondClassFile => Path.Combine(Root, Labelling.ClassFile(isSecond: true));

    /// <summary>Looks through all masks, of all splits, so that each split counts alike. What cannot be read is told elsewhere.</summary>
    private protected LabelValues Occurring(Func<MaskedPicture, MaskSource> maskOf, string classFile, Action<Fault> faults)
    {
        MaskSource[] masks = [.. Splits.SelectMany(split => Pictures(split, _ => { })).Select(maskOf).DistinctBy(m => m.Name)];
        var seen = new bool[masks.Length][];
        Parallel.For(0, masks.Length, i =>
        {
            seen[i] = new bool[256];
            try
            {
                foreach (byte value in masks[i].Read().Values) seen[i][value] = true;
            }
            catch (Exception e) when (e is DataException or ImageException)
            {
                // Whoever loads or checks the mask is told of it, with its name.
            }
        });
        int largest = Enumerable.Range(0, SegmentationMap.Ignore).LastOrDefault(value => seen.Any(s => s[value]), 0);
        if (largest == 0 && seen.Any(s => s[SegmentationMap.Ignore]))
            faults(new Fault(FindingKind.UnknownClass, new FilePosition(Root), "the masks hold nothing but 0 and 255, and 255 means that " +
                $"a pixel is ignored. If both are classes, write {classFile} with the lines '0 background' and '255 foreground'."));
        return LabelValues.Numbered(largest + 1);
    }
}
