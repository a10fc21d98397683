using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>Opens data sets from disk and recognises their format by itself.</summary>
public static class Dataset
{
    /// <summary>Opens one split of a data set.</summary>
    /// <param name="path">A PASCAL VOC folder, a COCO folder, a COCO instances JSON file, a YOLO or LabelMe folder, pictures with masks, a
    /// folder of pictures for each class, an MNIST folder, or one of CIFAR-10 or CIFAR-100.</param>
    /// <param name="split">The split, such as "train" (which also finds COCO's "train2017"). For a JSON file, its own name or "".</param>
    /// <param name="categories">The class list to use instead of the data set's own, such as a checkpoint's or the training
    /// split's: classes are matched by name.</param>
    /// <param name="wanted">What must be told of the pictures. Null takes what is there: boxes before labels before classes.</param>
    /// <exception cref="DataException">Nothing known was recognised, there is no such split, or the annotations cannot be read.</exception>
    /// <example><code>
    /// IDataset train = Dataset.Open("bccd", "train");
    /// IDataset val = Dataset.Open("bccd", "val", train.Categories);
    /// </code></example>
    public static IDataset Open(string path, string split, IReadOnlyList<Category>? categories = null, AnnotationKind? wanted = null) =>
        Recognise(path, wanted).Open(split, categories);

    /// <summary>Finds out what lies at a path, without reading annotations.</summary>
    /// <param name="path">A folder or file.</param>
    /// <param name="wanted">What must be told of the pictures. Null takes what is there: boxes before labels before classes.</param>
    /// <exception cref="DataException">Nothing known was recognised, or nothing of the wanted kind; the message says what was there and
    /// what would be.</exception>
    public static DatasetLayout Recognise(string path, AnnotationKind? wanted = null)
    {
        if (File.Exists(path))
        {
            if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
                return wanted == AnnotationKind.Labels ? new CocoMaskLayout(CocoLayout.OfFile(path))
                    : Expect(CocoLayout.OfFile(path), wanted);
            throw new DataException($"{path} is a file, but a data set is a folder or a COCO .json file.");
        }
        if (!Directory.Exists(path))
            throw new DataException($"There is no folder or file {path}.");
        try
        {
            return Find(path, wanted) ?? (wanted is null ? null : Find(path, null)) switch
            {
                { } layout => Expect(layout, wanted),
                null => throw Unknown(path),
            };
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataException(new DataLocation(path), $"the folder may not be read. {e.Message}", e);
        }
    }

    private static DatasetLayout? Find(string path, AnnotationKind? wanted) =>
        (wanted is null or AnnotationKind.Boxes ? Boxes(path) : null)
        ?? (wanted is null or AnnotationKind.Labels ? Labels(path) : null)
        ?? (wanted is null or AnnotationKind.Classes ? Classes(path) : null);

    private static DatasetLayout Expect(DatasetLayout layout, AnnotationKind? wanted) =>
        wanted is null || layout.Kind == wanted ? layout : throw new DataException(
            $"{layout.Root} tells {Words(layout.Kind)} ({layout.Format}), but {Words(wanted.Value)} is wanted. {wanted switch
            {
                AnnotationKind.Labels => "Expected pictures in images/ and masks of the same names in masks/, palette or grey PNG files " +
                    "of class indices, or another data set for segmentation.",
                AnnotationKind.Boxes => "Expected PASCAL VOC (Annotations/*.xml), COCO (annotations/instances_train.json), YOLO (data.yaml, " +
                    "images/ and labels/) or LabelMe (a .json file beside each picture).",
                _ => "Expected a folder of pictures for each class (train/CLASS/a.jpg, val/CLASS/b.jpg).",
            }}");

    private static string Words(AnnotationKind kind) => kind switch
    {
        AnnotationKind.Boxes => "where objects are in each picture",
        AnnotationKind.Labels => "the class of every pixel",
        _ => "one class for each picture",
    };

    private static DataException Unknown(string path) => new($"{path} is no data set that is known here: {Content(path)}. Expected " +
        "PASCAL VOC (Annotations/*.xml beside JPEGImages/, splits in ImageSets/Main/*.txt), COCO (annotations/instances_train.json, " +
        "..., beside train/ or images/), YOLO (images/train/*.jpg, labels/train/*.txt, and data.yaml or classes.txt), LabelMe (a .json file " +
        "beside each picture), pictures in images/ with masks in masks/, a folder of pictures for each class " +
        "(train/CLASS/a.jpg and val/CLASS/b.jpg, or CLASS/a.jpg), MNIST (train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz), or " +
        "CIFAR (cifar-10-batches-bin/, cifar-100-python/, ...).");

    private static DatasetLayout? Boxes(string path)
    {
        DatasetLayout[] found = [.. new DatasetLayout?[]
        {
            VocLayout.TryFind(path), CocoLayout.TryFind(path), YoloLayout.TryFind(path), LabelMeLayout.TryFind(path),
        }.OfType<DatasetLayout>()];
        if (found.Length < 2) return found.FirstOrDefault();
        throw new DataException($"{path} holds {(found.Length == 2 ? "both " : "")}{string.Join(" and ", found.Select(Evidence))}. " +
            (found.Any(layout => layout is CocoLayout) ? "Name the .json file to read the COCO ones, or move" : "Move") +
            " all but one of them away.");
    }

    private static string Evidence(DatasetLayout layout)
    {
        string files = layout.Format switch
        {
            DatasetFormat.Voc => "VOC annotations (Annotations/*.xml)",
            DatasetFormat.Coco => "COCO annotations",
            DatasetFormat.Yolo => "YOLO labels (*.txt)",
            _ => "LabelMe files (*.json beside pictures)",
        };
        return $"{files} (splits {string.Join(", ", layout.Splits)})";
    }

    private static DatasetLayout? Labels(string path) => VocSegmentationLayout.TryFind(path) ?? CityscapesLayout.TryFind(path)
        ?? Ade20KLayout.TryFind(path) ?? MaskFolderLayout.TryFind(path) ?? StanfordBackgroundLayout.TryFind(path)
        ?? IsbiLayout.TryFind(path) ?? SiftFlowLayout.TryFind(path) ?? SbdLayout.TryFind(path)
        ?? (CocoLayout.TryFind(path) is { } coco ? new CocoMaskLayout(coco) : (DatasetLayout?)null);

    private static DatasetLayout? Classes(string path) =>
        (ClassLayout?)MnistLayout.TryFind(path) ?? CifarLayout.TryFind(path) ?? (ClassLayout?)ImageFolderLayout.TryFind(path);

    /// <summary>What a folder holds, in a few words, for the message.</summary>
    private static string Content(string path)
    {
        int pictures = 0, xml = 0, json = 0, other = 0;
        foreach (string file in Directory.EnumerateFiles(path).Take(10_000))
        {
            if (PictureFolder.IsPicture(file)) pictures++;
            else if (file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase)) xml++;
            else if (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) json++;
            else other++;
        }
        IEnumerable<string> folders = Directory.EnumerateDirectories(path).Select(d => Path.GetFileName(d) + "/");
        List<string> parts = [];
        if (pictures > 0) parts.Add($"{pictures} pictures");
        if (xml > 0) parts.Add($"{xml} .xml files");
        if (json > 0) parts.Add($"{json} .json files");
        if (other > 0) parts.Add($"{other} other files");
        parts.AddRange(folders.Order(StringComparer.Ordinal).Take(8));
        if (parts.Count == 0) return "it is empty";
        string content = "it holds " + string.Join(", ", parts);
        return pictures > 0 && xml + json == 0 ? content + ", but no annotations" : content;
    }
}
