using Fovea.Data;
using Fovea.Structures;
using Fovea.Training;

namespace Fovea.Cli;

/// <summary>The data set that --data names: a path, or "scenes" for generated pictures.</summary>
internal static class DataSource
{
    public const string Description = "A PASCAL VOC, COCO, YOLO or LabelMe folder, a COCO .json file, a folder of pictures for each class, " +
        "MNIST's or CIFAR's files, pictures with masks, or 'scenes' for generated pictures";

    /// <summary>The pictures to learn from and those to measure on, with the same classes.</summary>
    public static (IDataset Train, IDataset Val) OpenForTraining(RunConfig config)
    {
        if (config.Data == ScenesData.Name)
            return (ScenesData.Open(train: true, config.Training.Seed), ScenesData.Open(train: false, config.Training.Seed));
        DatasetLayout layout = Recognise(config.Data, TaskName.Annotations(ModelName.Find(config.Model)));
        Expect(layout, config.TrainSplit, "--train-split");
        Expect(layout, config.ValSplit, "--val-split");
        IDataset train = layout.Open(config.TrainSplit);
        IDataset val = layout.Open(config.ValSplit, train.Categories);
        if (train.Count == 0) throw new DataException($"{config.Data}: the split '{config.TrainSplit}' holds no picture to learn from.");
        if (val.Count == 0) throw new DataException($"{config.Data}: the split '{config.ValSplit}' holds no picture to measure on.");
        return (train, val);
    }

    /// <summary>Pictures that a classifier can learn from: a class each, at least two classes; those without pictures are told of.</summary>
    /// <exception cref="DataException">They have boxes instead, or only one class.</exception>
    public static void ExpectClasses(IDataset train, string path, TextWriter error)
    {
        if (train.CategoryOf(0) is null)
            throw new DataException($"{path} tells of objects in its pictures, but a classifier learns one class a picture: sort the pictures into a " +
                "folder for each class (train/CLASS/a.jpg, val/CLASS/b.jpg), or train a detector.");
        if (train.Categories.Count < 2) throw new DataException($"{path} has one class, {train.Categories[0].Name}: there is nothing to tell apart.");
        HashSet<int> seen = [.. Enumerable.Range(0, train.Count).Select(i => train.CategoryOf(i)!.Value)];
        string[] missing = [.. train.Categories.Where((_, i) => !seen.Contains(i)).Select(c => c.Name)];
        if (missing.Length > 0)
            error.WriteLine($"Warning: no training picture of {string.Join(", ", missing.Take(10))}{(missing.Length > 10 ? $" and {missing.Length - 10} classes more" : "")}: " +
                "the model cannot learn what it never sees.");
    }

    /// <summary>The pictures to measure on.</summary>
    /// <param name="path">What --data says.</param>
    /// <param name="split">What --split says; null takes "val", or the only one that there is.</param>
    /// <param name="categories">The classes of the model, or null for the data set's own.</param>
    /// <param name="wanted">What the model needs to be told of the pictures; null for whatever there is.</param>
    /// <param name="option">The option that names the split.</param>
    public static IDataset OpenForMeasuring(string path, string? split, IReadOnlyList<Category>? categories = null, AnnotationKind? wanted = null,
        string option = "--split")
    {
        if (path == ScenesData.Name) return Fitting(ScenesData.Open(train: false, seed: 0), categories);
        DatasetLayout layout = Recognise(path, wanted);
        split ??= layout.Splits.Count == 1 ? layout.Splits[0] : "val";
        Expect(layout, split, option);
        IDataset data = layout.Open(split, categories);
        return data.Count > 0 ? data : throw new DataException($"{path}: the split '{split}' holds no pictures.");
    }

    // Files are matched by name while they are read; generated pictures have the classes that they have.
    private static Scenes Fitting(Scenes scenes, IReadOnlyList<Category>? categories)
    {
        if (categories is null || categories.Select(c => c.Name).SequenceEqual(scenes.Categories.Select(c => c.Name))) return scenes;
        throw new DataException($"the model knows {string.Join(", ", categories.Select(c => c.Name))}, but the scenes show " +
            $"{string.Join(", ", scenes.Categories.Select(c => c.Name))}: they cannot measure it.");
    }

    /// <summary>A path at which something lies.</summary>
    /// <exception cref="UsageException">Nothing does.</exception>
    public static string ExpectPath(string path) =>
        File.Exists(path) || Directory.Exists(path) ? path
            : throw new UsageException($"there is no data set '{path}': neither a folder nor a file.");

    private static DatasetLayout Recognise(string path, AnnotationKind? wanted) => Dataset.Recognise(ExpectPath(path), wanted);

    private static void Expect(DatasetLayout layout, string split, string option)
    {
        if (layout.HasSplit(split)) return;
        if (File.Exists(layout.Root))
            throw new UsageException($"{layout.Root} is one file with the split {layout.Splits[0]}, but '{split}' is asked for. " +
                "Put the files into one folder, as annotations/instances_train.json and annotations/instances_val.json, and name that; " +
                $"or name the split with {option}.");
        throw new UsageException($"{layout.Root} has no split '{split}'. It has: {string.Join(", ", layout.Splits)}. Name one of these " +
            $"with {option}, or make {layout.PlaceOf(split)}.");
    }
}
