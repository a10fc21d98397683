using Fovea.Structures;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The classes that --classes names, for weights that do not tell their own.</summary>
internal static class ClassNames
{
    public const string Description = "Names of the classes, where the weights do not tell them: a file with one a line, or imagenet, " +
        "coco, coco_person or voc";

    /// <summary>The classes in the order of a network's outputs, without the background.</summary>
    /// <param name="text">What the option says.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="background">Outputs that are no class: 1 for detectors.</param>
    /// <exception cref="UsageException">There is no such list or file, or it has another number of names.</exception>
    public static IReadOnlyList<Category> Read(string text, int count, int background)
    {
        IReadOnlyList<Category> categories;
        if (ClassList.Names.Contains(text)) categories = ClassList.Find(text).Categories(count + background);
        else
        {
            Verb.ExpectFile("--classes", text);
            categories = [.. File.ReadLines(text).Select(line => line.Trim()).Where(line => line.Length > 0)
                .Select((name, i) => new Category(i + 1, name))];
        }
        return categories.Count == count ? categories
            : throw new UsageException($"--classes: {text} names {categories.Count} classes, but the weights tell {count} apart.");
    }
}
