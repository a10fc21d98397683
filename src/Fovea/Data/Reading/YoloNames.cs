using System.Globalization;
using Fovea.Data.Checking;
using Fovea.Structures;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fovea.Data.Reading;

/// <summary>What a YOLO data set tells of itself: the classes and, in a data.yaml, the splits and the key points.</summary>
/// <remarks>In data.yaml, <c>names</c> is a list or a map from 0 on; <c>train</c>, <c>val</c>, <c>test</c> and others name folders or lists of
/// pictures; <c>kpt_shape</c> is the number of key points and of their numbers (2, or 3 with a visibility), <c>flip_idx</c> the place of each
/// in a mirror image, <c>kpt_names</c> their names for each class. Other keys are passed over.</remarks>
internal sealed class YoloNames
{
    private const int LongestFile = 4 << 20;
    private const int MostClasses = 65_536, MostPoints = 1024, MostDepth = 64;
    private static readonly string[] NoSplits = ["path", "names", "nc", "download", "yaml_file", "kpt_shape", "flip_idx", "kpt_names"];

    private readonly string _path;
    private readonly Action<Fault> _faults;

    private YoloNames(string path, Action<Fault> faults) => (_path, _faults) = (path, faults);

    public List<Category> Categories { get; private set; } = [];

    /// <summary>What the keys of data.yaml that may be splits say.</summary>
    public List<(string Split, string[] Places)> Splits { get; } = [];

    /// <summary>Number of key points of each object; 0 where there are none.</summary>
    public int Points { get; private set; }

    /// <summary>Numbers of each key point: 2, or 3 with a visibility.</summary>
    public int Dimensions { get; private set; }

    /// <summary>The key points of the classes that have some, by index.</summary>
    public Dictionary<int, Skeleton> Skeletons { get; } = [];

    /// <summary>Reads a data.yaml, or a list with a name a line. What cannot be accepted goes to <paramref name="faults"/>.</summary>
    public static YoloNames Read(string path, Action<Fault> faults)
    {
        var names = new YoloNames(path, faults);
        if (!IsYaml(path)) names.Categories = VocList.ReadClasses(path, faults);
        else if (names.Load() is { } root) names.ReadRoot(root);
        return names;
    }

    /// <summary>Whether a file is a data.yaml, or YAML with names of classes.</summary>
    public static bool IsConfiguration(string path) => Path.GetFileNameWithoutExtension(path) == "data" ||
        new YoloNames(path, _ => { }).Load() is { } root && root.Children.ContainsKey("names");

    private static bool IsYaml(string path) => Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml";

    private YamlMappingNode? Load()
    {
        try
        {
            if (new FileInfo(_path).Length > LongestFile) throw new IOException($"It is larger than {LongestFile >> 20} MiB.");
            return Parse(File.ReadAllText(_path));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            Report(FindingKind.BadAnnotation, 0, $"the file cannot be read. {e.Message}");
            return null;
        }
    }

    private YamlMappingNode? Parse(string text)
    {
        try
        {
            CheckDepth(text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is [{ RootNode: YamlMappingNode root }, ..]) return root;
            Report(FindingKind.BadAnnotation, 0, "a data.yaml has names of classes and places of splits, but this file has no keys.");
        }
        catch (YamlException e)
        {
            Report(FindingKind.BadAnnotation, e.Start.Line, $"this is not YAML that can be read. {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // So the library answers some files that are damaged.
            Report(FindingKind.BadAnnotation, 0, "this is not YAML that can be read.");
        }
        return null;
    }

    // Nodes are loaded by recursion, which a hostile file could drive too deep.
    private static void CheckDepth(string text)
    {
        var parser = new Parser(new StringReader(text));
        for (int depth = 0; parser.MoveNext();)
            if ((depth += parser.Current!.NestingIncrease) > MostDepth)
                throw new YamlException(parser.Current.Start, parser.Current.End, $"It is nested more than {MostDepth} deep.");
    }

    private void ReadRoot(YamlMappingNode root)
    {
        foreach ((YamlNode key, YamlNode value) in root.Children)
        {
            if (key is not YamlScalarNode { Value: { } name } || NoSplits.Contains(name)) continue;
            if (Texts(value) is { Length: > 0 } places) Splits.Add((name, places));
        }
        if (root.Children.TryGetValue("names", out YamlNode? names)) ReadNames(names);
        else Report(FindingKind.BadAnnotation, 0, "the file has no \"names\"; expected the names of the classes, in the order of their numbers.");
        if (root.Children.TryGetValue("nc", out YamlNode? count) && Whole(count) != Categories.Count)
            Report(FindingKind.BadAnnotation, count.Start.Line, $"nc is {Describe(count)}, but there are {Categories.Count} names.");
        if (root.Children.TryGetValue("kpt_shape", out YamlNode? shape)) ReadKeypoints(root, shape);
    }

    private void ReadNames(YamlNode node)
    {
        List<(long Line, string Name)> names = [];
        if (node is YamlSequenceNode list) names = [.. list.Select(name => (name.Start.Line, (name as YamlScalarNode)?.Value ?? ""))];
        else if (node is YamlMappingNode map)
        {
            foreach ((YamlNode key, YamlNode name) in map.Children)
            {
                if (Whole(key) == names.Count) names.Add((key.Start.Line, (name as YamlScalarNode)?.Value ?? ""));
                else
                {
                    Report(FindingKind.BadAnnotation, key.Start.Line,
                        $"the class number {Describe(key)} stands where {names.Count} was expected: they count from 0.");
                    break;
                }
            }
        }
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((long line, string name) in names.Take(MostClasses))
        {
            if (name.Trim().Length == 0) Report(FindingKind.BadAnnotation, line, $"the name of class {Categories.Count} is empty.");
            else if (!seen.Add(name)) Report(FindingKind.DuplicateId, line, $"the class '{OneLine.Shorten(name)}' is listed twice.");
            Categories.Add(new Category(Categories.Count + 1, name));
        }
        if (Categories.Count == 0)
            Report(FindingKind.BadAnnotation, node.Start.Line, "\"names\" is empty; expected the names of the classes.");
    }

    private void ReadKeypoints(YamlMappingNode root, YamlNode shape)
    {
        if (shape is not YamlSequenceNode { Children: [var first, var second] } || Whole(first) is not { } points ||
            points is not (> 0 and <= MostPoints) || Whole(second) is not { } dimensions || dimensions is not (2 or 3))
        {
            Report(FindingKind.WrongKeypoints, shape.Start.Line, "kpt_shape is not the number of key points and the number 2 or 3: expected, " +
                "for example, [17, 3].");
            return;
        }
        (Points, Dimensions) = ((int)points, (int)dimensions);
        int[]? flips = root.Children.TryGetValue("flip_idx", out YamlNode? places) ? Flips(places) : null;
        var named = root.Children.TryGetValue("kpt_names", out YamlNode? node) ? node as YamlMappingNode : null;
        int digits = points.ToString(CultureInfo.InvariantCulture).Length;
        string[] numbered = [.. Enumerable.Range(1, Points).Select(i => i.ToString($"D{digits}", CultureInfo.InvariantCulture))];
        for (int i = 0; i < Categories.Count; i++)
        {
            string[] names = numbered;
            if (named is not null)
            {
                if (!named.Children.TryGetValue(i.ToString(CultureInfo.InvariantCulture), out YamlNode? own)) continue;
                names = Texts(own);
                if (names.Length != Points)
                {
                    Report(FindingKind.WrongKeypoints, own.Start.Line,
                        $"kpt_names has {names.Length} names for class {i}, but kpt_shape says {Points}.");
                    continue;
                }
            }
            Skeleton skeleton = Skeleton.Of(names, names.SequenceEqual(Skeleton.CocoPerson.Names) ? Skeleton.CocoPerson.Limbs : []);
            Skeletons[i] = flips is null ? skeleton : skeleton with
            {
                MirrorPairs = [.. flips.Select((to, from) => (from, to)).Where(pair => pair.from < pair.to)],
            };
        }
    }

    private int[]? Flips(YamlNode node)
    {
        long?[] places = [.. (node as YamlSequenceNode)?.Select(Whole) ?? []];
        bool pairs = places.Length == Points && places.All(to => to < Points) && places.Select((to, from) => places[(int)to!] == from).All(back => back);
        if (pairs) return [.. places.Select(to => (int)to!)];
        Report(FindingKind.WrongKeypoints, node.Start.Line,
            $"flip_idx does not give each of {Points} key points, counted from 0, its place in a mirror image.");
        return null;
    }

    private static string[] Texts(YamlNode node) => node switch
    {
        YamlScalarNode { Value.Length: > 0 } text => [text.Value],
        YamlSequenceNode list when list.All(entry => entry is YamlScalarNode { Value.Length: > 0 }) =>
            [.. list.Select(entry => ((YamlScalarNode)entry).Value!)],
        _ => [],
    };

    private static long? Whole(YamlNode node) => node is YamlScalarNode { Value: { } text } &&
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static string Describe(YamlNode node) => node is YamlScalarNode { Value: { } text } ? $"'{OneLine.Shorten(text)}'" : "no number";

    private void Report(FindingKind kind, long line, string message) => _faults(new Fault(kind, new FilePosition(_path, line), message));
}
