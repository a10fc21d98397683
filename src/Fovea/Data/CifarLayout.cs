using Fovea.Data.Checking;
using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>CIFAR-10 or CIFAR-100 as published, as binary files or as pickles of Python: a folder <c>cifar-10-batches-bin</c>,
/// <c>cifar-10-batches-py</c>, <c>cifar-100-binary</c> or <c>cifar-100-python</c>, or one that holds such a folder. Pictures are 32 x 32,
/// in colour. CIFAR-100 has its 100 fine classes.</summary>
/// <remarks>Krizhevsky: "Learning Multiple Layers of Features from Tiny Images" (2009), chapter 3. Pickles are read without running
/// anything in them.</remarks>
public sealed class CifarLayout : PackedLayout
{
    private readonly Version _version;

    private CifarLayout(string root, string folder, Version version) : base(root, folder, DatasetFormat.Cifar,
        version.Train.Any(file => File.Exists(Path.Combine(folder, file))), File.Exists(Path.Combine(folder, version.Test))) =>
        _version = version;

    /// <summary>How the files of a version are called, and what is in them.</summary>
    private sealed record Version(string Folder, string[] Train, string Test, string Names, CifarKind Kind);

    private static readonly Version[] Versions =
    [
        new("cifar-10-batches-bin", Batches(".bin"), "test_batch.bin", "batches.meta.txt",
            new CifarKind(LabelBytes: 1, "labels", "label_names")),
        new("cifar-10-batches-py", Batches(""), "test_batch", "batches.meta", new CifarKind(LabelBytes: 0, "labels", "label_names")),
        new("cifar-100-binary", ["train.bin"], "test.bin", "fine_label_names.txt",
            new CifarKind(LabelBytes: 2, "fine_labels", "fine_label_names")),
        new("cifar-100-python", ["train"], "test", "meta", new CifarKind(LabelBytes: 0, "fine_labels", "fine_label_names")),
    ];

    /// <summary>The layout at a folder, or null when it holds no such files.</summary>
    /// <exception cref="DataException">It holds CIFAR-10 and CIFAR-100.</exception>
    internal static CifarLayout? TryFind(string root)
    {
        foreach (Version version in Versions)
            if (IsAt(root, version)) return new CifarLayout(root, root, version);
        Version[] below = [.. Versions.Where(version => IsAt(Path.Combine(root, version.Folder), version))];
        if (below.Select(version => version.Kind.LabelKey).Distinct().Count() > 1)
            throw new DataException($"{root} holds CIFAR-10 and CIFAR-100. Name the folder of one: " +
                $"{string.Join(" or ", below.Select(v => Path.Combine(root, v.Folder)))}.");
        return below.Length == 0 ? null : new CifarLayout(root, Path.Combine(root, below[0].Folder), below[0]);
    }

    // Of files with names as common as these, more than one has to be there.
    private static bool IsAt(string folder, Version version) =>
        version.Train.Append(version.Test).Append(version.Names).Count(file => File.Exists(Path.Combine(folder, file))) > 1;

    private static string[] Batches(string ending) => [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}{ending}")];

    /// <inheritdoc/>
    public override string PlaceOf(string split) =>
        $"the {(split == Test ? $"file {_version.Test}" : $"files {string.Join(", ", _version.Train)}")} in {Folder}";

    private protected override PackedFiles ReadFiles(bool train, bool test, Action<Fault> faults)
    {
        string names = Path.Combine(Folder, _version.Names);
        IReadOnlyList<string>? classes = null;
        if (!File.Exists(names))
            faults(new Fault(FindingKind.MissingAnnotation, new FilePosition(names), "the file is missing: it names the classes."));
        else if (_version.Kind.IsPickled) classes = Try(() => CifarFile.ReadNames(names, _version.Kind), faults);
        else classes = [.. VocList.ReadClasses(names, faults).Select(c => c.Name)];
        return classes is null ? new PackedFiles([], [], [])
            : new PackedFiles(classes, train ? Files(_version.Train, faults) : [], test ? Files([_version.Test], faults) : []);
    }

    private List<PackedFile> Files(string[] names, Action<Fault> faults)
    {
        List<PackedFile> files = [];
        foreach (string path in names.Select(name => Path.Combine(Folder, name)))
        {
            if (!File.Exists(path))
                faults(new Fault(FindingKind.MissingPicture, new FilePosition(path), "the file is missing: it holds pictures."));
            else if (Try(() => CifarFile.Read(path, _version.Kind), faults) is { } file) files.Add(file);
        }
        return files;
    }
}
