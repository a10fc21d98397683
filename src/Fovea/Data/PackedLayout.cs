using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set whose pictures share a few files, in a part to learn from and a part to test with.</summary>
/// <remarks>No validation pictures are published: val is the last 5,000 pictures of the training part (or the last tenth where that is
/// fewer), train the others, trainval all of them. Category ids are the labels, from 0.</remarks>
public abstract class PackedLayout : ClassLayout
{
    private protected const string Test = "test";

    private protected PackedLayout(string root, string folder, DatasetFormat format, bool hasTrain, bool hasTest)
        : base(root, format,
            [.. hasTrain ? (string[])[ShareOut.Train, ShareOut.Val, ShareOut.Trainval] : [], .. hasTest ? (string[])[Test] : []]) =>
        Folder = folder;

    /// <summary>Where the files are.</summary>
    private protected string Folder { get; }

    /// <summary>Reads the files, of each part only where it is asked for, and the classes that their labels count.</summary>
    private protected abstract PackedFiles ReadFiles(bool train, bool test, Action<Fault> faults);

    internal sealed override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        PackedFiles files = ReadFiles(splits.Any(split => split != Test), splits.Contains(Test), faults);
        Category[] own = [.. files.Classes.Select((name, label) => new Category(label, name))];
        int[] places = PlacesOf(own, categories ?? own, faults);
        PictureEntry[] train = [.. files.Train.SelectMany(file => Pictures(file, places, faults))];
        PictureEntry[] test = [.. files.Test.SelectMany(file => Pictures(file, places, faults))];
        int val = ShareOut.LastOf(train.Length);
        return new DataListing(categories ?? own, ClassesDeclared: true, [.. splits.Select(split => Listing(split, split switch
        {
            ShareOut.Train => train[..^val],
            ShareOut.Val => train[^val..],
            ShareOut.Trainval => train,
            _ => test,
        }))])
        {
            Notes = splits.Contains(ShareOut.Val) ? [$"val is the last {val:N0} pictures of the training part; train is the others."] : [],
        };
    }

    private static SplitListing Listing(string split, PictureEntry[] pictures) =>
        new(split, pictures, [.. pictures.Select(p => p.Position)]);

    private static IEnumerable<PictureEntry> Pictures(PackedFile file, int[] places, Action<Fault> faults)
    {
        var position = new FilePosition(file.Path);
        for (int i = 0; i < file.Labels.Length; i++)
        {
            if (places[file.Labels[i]] is var place && place == Unnamed)
            {
                faults(new Fault(FindingKind.UnknownClass, position, $"picture {i} has label {file.Labels[i]}, but " +
                    $"{places.Count(p => p != Unnamed)} classes are named, from 0 on."));
                yield break;
            }
            if (place >= 0)
                yield return new PictureEntry
                {
                    Id = i, Path = $"{file.Path}#{i}", Exists = true, Position = position, SizePosition = position,
                    Stated = file.Pictures.Size, Class = place, Packed = new PackedPicture(file.Pictures, i),
                };
        }
    }

    private const int Unused = -1, Unnamed = -2;

    /// <summary>For each label its place in the list that is used: <see cref="Unused"/> where the list does not have it, which is a fault,
    /// and <see cref="Unnamed"/> where the label names no class.</summary>
    private int[] PlacesOf(Category[] own, IReadOnlyList<Category> categories, Action<Fault> faults)
    {
        int[] places = [.. Enumerable.Repeat(Unnamed, byte.MaxValue + 1)];
        Dictionary<string, int> used = Places(categories);
        var unknown = new UnknownClasses([.. used.Keys]);
        for (int label = 0; label < Math.Min(own.Length, places.Length); label++)
        {
            if (used.TryGetValue(own[label].Name, out places[label])) continue;
            places[label] = Unused;
            (FindingKind kind, string message) = unknown.Explain(own[label].Name);
            faults(new Fault(kind, new FilePosition(Folder), message));
        }
        return places;
    }

    /// <summary>What a reader gives, or null where its error has become a fault.</summary>
    private protected static T? Try<T>(Func<T> read, Action<Fault> faults) where T : class
    {
        try
        {
            return read();
        }
        catch (DataException e)
        {
            faults(Fault.Of(e));
            return null;
        }
    }
}
