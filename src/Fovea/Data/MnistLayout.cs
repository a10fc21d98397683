using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A folder of the four files of MNIST, or of what is published in its form (Fashion-MNIST, KMNIST, EMNIST under these names):
/// <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c>, <c>t10k-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c>, with or
/// without <c>.gz</c>, in the folder or in its <c>raw/</c>. Pictures are grey and become RGB.</summary>
/// <remarks>
/// <para>LeCun, Bottou, Bengio, Haffner: "Gradient-Based Learning Applied to Document Recognition" (Proc. IEEE 1998), section III.A;
/// Xiao, Rasul, Vollgraf: "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms" (2017).</para>
/// <para>No validation pictures are published: val is the last 5,000 training pictures (or the last tenth where that is fewer), train
/// the others, trainval all of them.</para>
/// <para>The files do not name the classes. They are the lines of <c>classes.txt</c> where it lies beside the files; Fashion-MNIST's ten
/// where the folder's name says "fashion"; otherwise the labels themselves, 0 to 9, or to the largest that occurs.</para>
/// </remarks>
public sealed class MnistLayout : ClassLayout
{
    private const string Test = "test";
    private const int LargestSide = 4096;

    // Table 2 of the paper.
    private static readonly string[] FashionNames =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    private readonly string _folder;

    private MnistLayout(string root, string folder, IReadOnlyList<string> splits) : base(root, DatasetFormat.Mnist, splits) =>
        _folder = folder;

    /// <summary>The layout at a folder, or null when it holds no such files.</summary>
    internal static MnistLayout? TryFind(string root)
    {
        foreach (string folder in (string[])[root, Path.Combine(root, "raw")])
        {
            List<string> splits = [];
            if (Find(folder, "train", "images", 3) is not null) splits.AddRange([ShareOut.Train, ShareOut.Val, ShareOut.Trainval]);
            if (Find(folder, "t10k", "images", 3) is not null) splits.Add(Test);
            if (splits.Count > 0) return new MnistLayout(root, folder, splits);
        }
        return null;
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => split == Test
        ? $"the files {Name("t10k", "images", 3)} and {Name("t10k", "labels", 1)} in {_folder}"
        : $"the files {Name("train", "images", 3)} and {Name("train", "labels", 1)} in {_folder}";

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        byte[]? trainLabels = Labels("train", faults), testLabels = Labels("t10k", faults);
        IReadOnlyList<Category> own = OwnClasses(trainLabels, testLabels, faults);
        int[] places = PlacesOf(own, categories, faults);

        List<PictureEntry> train = [], test = [];
        if (splits.Any(split => split != Test)) train = Pictures("train", trainLabels, places, faults);
        if (splits.Contains(Test)) test = Pictures("t10k", testLabels, places, faults);
        int val = ShareOut.LastOf(train.Count);
        return new DataListing(categories ?? own, ClassesDeclared: true, [.. splits.Select(split => Listing(split, split switch
        {
            ShareOut.Train => train[..^val],
            ShareOut.Val => train[^val..],
            ShareOut.Trainval => train,
            _ => test,
        }))])
        {
            Notes = Splits.Contains(ShareOut.Val) ? [$"val is the last {val:N0} pictures of the training file; train is the others."] : [],
        };
    }

    private static SplitListing Listing(string split, List<PictureEntry> pictures) =>
        new(split, pictures, [.. pictures.Select(p => p.Position)]);

    private List<PictureEntry> Pictures(string part, byte[]? labels, int[] places, Action<Fault> faults)
    {
        string path = Find(_folder, part, "images", 3)!;
        if (labels is null || TryRead(path, 3, faults) is not { } file) return [];
        if (labels.Length != file.Dimensions[0] || file.Dimensions[1] > LargestSide || file.Dimensions[2] > LargestSide)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path), labels.Length != file.Dimensions[0]
                ? $"the file holds {file.Dimensions[0]} pictures, but there are {labels.Length} labels in " +
                    $"{Find(_folder, part, "labels", 1)}."
                : $"the pictures are {file.Dimensions[1]} x {file.Dimensions[2]}; at most {LargestSide} x {LargestSide} are read."));
            return [];
        }
        var size = new ImageSize(file.Dimensions[1], file.Dimensions[2]);
        var packed = new PackedPictures(file.Values, 0, (int)size.Pixels, size, isColour: false);
        var position = new FilePosition(path);
        List<PictureEntry> pictures = new(labels.Length);
        for (int i = 0; i < labels.Length; i++)
            if (places[labels[i]] >= 0)
                pictures.Add(new PictureEntry
                {
                    Id = i, Path = $"{path}#{i}", Exists = true, Position = position, SizePosition = position, Stated = size,
                    Class = places[labels[i]], Packed = new PackedPicture(packed, i),
                });
        return pictures;
    }

    private byte[]? Labels(string part, Action<Fault> faults)
    {
        if (Find(_folder, part, "images", 3) is not { } pictures) return null;
        if (Find(_folder, part, "labels", 1) is { } path) return TryRead(path, 1, faults)?.Values;
        faults(new Fault(FindingKind.MissingAnnotation, new FilePosition(pictures),
            $"the labels of these pictures are missing: there is no {Name(part, "labels", 1)} (or .gz) in {_folder}."));
        return null;
    }

    private List<Category> OwnClasses(byte[]? trainLabels, byte[]? testLabels, Action<Fault> faults)
    {
        int count = Math.Max(trainLabels?.Max() ?? 0, testLabels?.Max() ?? 0) + 1;
        string classFile = Path.Combine(_folder, "classes.txt");
        string name = Path.GetFileName(Path.GetFullPath(Root).TrimEnd(Path.DirectorySeparatorChar));
        IEnumerable<string> names = Enumerable.Range(0, Math.Max(10, count)).Select(i => $"{i}");
        if (count <= FashionNames.Length && name.Contains("fashion", StringComparison.OrdinalIgnoreCase)) names = FashionNames;
        if (File.Exists(classFile))
        {
            names = [.. VocList.ReadClasses(classFile, faults).Select(c => c.Name)];
            if (names.Count() < count)
                faults(new Fault(FindingKind.UnknownClass, new FilePosition(classFile),
                    $"the file names {names.Count()} classes, but labels go up to {count - 1}; expected a name for each, from 0 on."));
        }
        return [.. names.Select((n, i) => new Category(i, n))];
    }

    /// <summary>For each label its place in the list that is used, or -1 where the list does not have it.</summary>
    private int[] PlacesOf(IReadOnlyList<Category> own, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        int[] places = [.. Enumerable.Repeat(-1, 256)];
        Dictionary<string, int> used = Places(categories ?? own);
        var unknown = new UnknownClasses([.. used.Keys]);
        for (int label = 0; label < Math.Min(own.Count, places.Length); label++)
        {
            if (used.TryGetValue(own[label].Name, out places[label])) continue;
            places[label] = -1;
            (FindingKind kind, string message) = unknown.Explain(own[label].Name);
            faults(new Fault(kind, new FilePosition(_folder), message + " (classes.txt beside the files names them differently.)"));
        }
        return places;
    }

    private static IdxFile? TryRead(string path, int dimensions, Action<Fault> faults)
    {
        try
        {
            return IdxFile.Read(path, dimensions);
        }
        catch (DataException e)
        {
            faults(Fault.Of(e));
            return null;
        }
    }

    private static string Name(string part, string what, int dimensions) => $"{part}-{what}-idx{dimensions}-ubyte";

    /// <summary>The file under its published name, with a dot as some copies have it, or compressed.</summary>
    private static string? Find(string folder, string part, string what, int dimensions)
    {
        string name = Name(part, what, dimensions), dotted = name.Replace("-idx", ".idx");
        return new[] { name, dotted, name + ".gz", dotted + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
