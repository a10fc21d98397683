using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>A folder of the four files of MNIST, or of what is published in its form (Fashion-MNIST, KMNIST, EMNIST under these names):
/// <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c>, <c>t10k-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c>, with or
/// without <c>.gz</c>, in the folder or in its <c>raw/</c>. Pictures are grey and become RGB.</summary>
/// <remarks>
/// <para>LeCun, Bottou, Bengio, Haffner: "Gradient-Based Learning Applied to Document Recognition" (Proc. IEEE 1998), section III.A;
/// Xiao, Rasul, Vollgraf: "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms" (2017).</para>
/// <para>The files do not name the classes. They are the lines of <c>classes.txt</c> where it lies beside the files; Fashion-MNIST's ten
/// where the folder's name says "fashion"; otherwise the labels themselves, 0 to 9, or to the largest that occurs.</para>
/// </remarks>
public sealed class MnistLayout : PackedLayout
{
    private const string TrainPart = "train", TestPart = "t10k";
    private const int LargestSide = 4096;

    // Table 2 of the paper.
    private static readonly string[] FashionNames =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    private MnistLayout(string root, string folder, bool hasTrain, bool hasTest)
        : base(root, folder, DatasetFormat.Mnist, hasTrain, hasTest) { }

    /// <summary>The layout at a folder, or null when it holds no such files.</summary>
    internal static MnistLayout? TryFind(string root)
    {
        foreach (string folder in (string[])[root, Path.Combine(root, "raw")])
        {
            bool hasTrain = Find(folder, TrainPart, "images", 3) is not null, hasTest = Find(folder, TestPart, "images", 3) is not null;
            if (hasTrain || hasTest) return new MnistLayout(root, folder, hasTrain, hasTest);
        }
        return null;
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split)
    {
        string part = split == Test ? TestPart : TrainPart;
        return $"the files {Name(part, "images", 3)} and {Name(part, "labels", 1)} in {Folder}";
    }

    private protected override PackedFiles ReadFiles(bool train, bool test, Action<Fault> faults)
    {
        // Labels of both parts, whatever is asked for: they tell the number of classes.
        byte[]? trainLabels = Labels(TrainPart, faults), testLabels = Labels(TestPart, faults);
        return new PackedFiles(Classes(Math.Max(Count(trainLabels), Count(testLabels)), faults),
            train ? Files(TrainPart, trainLabels, faults) : [], test ? Files(TestPart, testLabels, faults) : []);

        static int Count(byte[]? labels) => labels is null ? 0 : labels.Max() + 1;
    }

    private List<PackedFile> Files(string part, byte[]? labels, Action<Fault> faults)
    {
        if (labels is null) return [];
        string path = Find(Folder, part, "images", 3)!;
        if (Try(() => IdxFile.Read(path, 3), faults) is not { Dimensions: [var count, var height, var width] } file) return [];
        if (count == labels.Length && height <= LargestSide && width <= LargestSide)
        {
            var size = new ImageSize(height, width);
            return [new PackedFile(path, new PackedPictures(file.Values, 0, (int)size.Pixels, size, isColour: false), labels)];
        }
        faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path), count != labels.Length
            ? $"the file holds {count} pictures, but there are {labels.Length} labels in {Find(Folder, part, "labels", 1)}."
            : $"the pictures are {height} x {width}; at most {LargestSide} x {LargestSide} are read."));
        return [];
    }

    private byte[]? Labels(string part, Action<Fault> faults)
    {
        if (Find(Folder, part, "images", 3) is not { } pictures) return null;
        if (Find(Folder, part, "labels", 1) is { } path) return Try(() => IdxFile.Read(path, 1), faults)?.Values;
        faults(new Fault(FindingKind.MissingAnnotation, new FilePosition(pictures),
            $"the labels of these pictures are missing: there is no {Name(part, "labels", 1)} (or .gz) in {Folder}."));
        return null;
    }

    private string[] Classes(int count, Action<Fault> faults)
    {
        string classFile = Path.Combine(Folder, "classes.txt");
        if (File.Exists(classFile)) return [.. VocList.ReadClasses(classFile, faults).Select(c => c.Name)];
        string name = Path.GetFileName(Path.GetFullPath(Root).TrimEnd(Path.DirectorySeparatorChar));
        return count <= FashionNames.Length && name.Contains("fashion", StringComparison.OrdinalIgnoreCase) ? FashionNames
            : [.. Enumerable.Range(0, Math.Max(10, count)).Select(i => $"{i}")];
    }

    private static string Name(string part, string what, int dimensions) => $"{part}-{what}-idx{dimensions}-ubyte";

    /// <summary>The file under its published name, with a dot as some copies have it, or compressed.</summary>
    private static string? Find(string folder, string part, string what, int dimensions)
    {
        string name = Name(part, what, dimensions), dotted = name.Replace("-idx", ".idx");
        return new[] { name, dotted, name + ".gz", dotted + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
