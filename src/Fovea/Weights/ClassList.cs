using System.Globalization;
using Fovea.Structures;

namespace Fovea.Weights;

/// <summary>The classes that published weights tell apart, by name: "imagenet", "coco", "coco_person" or "voc". They lie in
/// Published/*.txt.</summary>
public sealed class ClassList
{
    private static readonly Dictionary<string, Lazy<ClassList>> All = ((string[])["imagenet", "coco", "coco_person", "voc"])
        .ToDictionary(name => name, name => new Lazy<ClassList>(() => Read(name)));

    private readonly SortedList<int, string> _byOutput = [];

    private ClassList(string name) => Name = name;

    /// <summary>Which list it is.</summary>
    public string Name { get; }

    /// <summary>For "imagenet": WordNet's number of each class, such as "n01440764", in order; ImageNet's folders are called so. Empty for
    /// other lists.</summary>
    public IReadOnlyList<string> WordNetNumbers { get; private init; } = [];

    /// <summary>Whether output 0 is no class but the background.</summary>
    public bool HasBackground => WordNetNumbers.Count == 0;

    /// <summary>The names of all lists.</summary>
    public static IReadOnlyList<string> Names => [.. All.Keys];

    /// <summary>The list of this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ClassList Find(string name) => All.TryGetValue(name, out Lazy<ClassList>? list) ? list.Value
        : throw new ArgumentException($"There is no list of classes '{name}': there are {string.Join(", ", All.Keys)}.", nameof(name));

    /// <summary>The classes of a network in the order of its outputs, without the background. Ids are the numbers of the outputs, which in
    /// COCO are the data set's own; ImageNet's are counted from 1.</summary>
    /// <param name="outputs">Number of the network's outputs, with the background where there is one. Outputs that no class has (ten of
    /// COCO's 91) are called "unused" and their number.</param>
    public IReadOnlyList<Category> Categories(int outputs)
    {
        int first = HasBackground ? 1 : 0;
        return [.. Enumerable.Range(first, Math.Max(0, outputs - first)).Select(output => new Category(HasBackground ? output : output + 1,
            _byOutput.GetValueOrDefault(output) ?? $"unused {output}"))];
    }

    /// <summary>As <see cref="Categories"/>, with the background before the others where output 0 is it: the classes of a network that
    /// tells the class of every pixel.</summary>
    /// <param name="outputs">Number of the network's outputs.</param>
    public IReadOnlyList<Category> CategoriesOfPixels(int outputs) =>
        HasBackground && outputs > 0 ? [new Category(0, "background"), .. Categories(outputs)] : Categories(outputs);

    private static ClassList Read(string name)
    {
        using var reader = new StreamReader(PublishedList.OpenResource(name + ".txt"));
        (string Key, string Name)[] lines = [.. reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1].Trim()))];
        bool wordNet = lines[0].Key[0] == 'n';
        var list = new ClassList(name) { WordNetNumbers = wordNet ? [.. lines.Select(line => line.Key)] : [] };
        for (int i = 0; i < lines.Length; i++)
            list._byOutput.Add(wordNet ? i : int.Parse(lines[i].Key, CultureInfo.InvariantCulture), lines[i].Name);
        return list;
    }
}
