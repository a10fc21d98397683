using Fovea.Data.Checking;

namespace Fovea.Data.Reading;

/// <summary>Explains classes that a class list does not have, each name once.</summary>
internal sealed class UnknownClasses(IReadOnlyList<string> declared)
{
    /// <summary>Comparing every one of a million wrong names with every right one would take hours and help nobody.</summary>
    private const int MostCompared = 200;

    private readonly Dictionary<string, (FindingKind, string)> _explained = new(StringComparer.Ordinal);

    /// <summary>The kind and the message of the fault.</summary>
    public (FindingKind Kind, string Message) Explain(string name)
    {
        if (_explained.TryGetValue(name, out var explained)) return explained;
        string? meant = _explained.Count < MostCompared ? ClassNames.Nearest(name, declared) : null;
        string list = string.Join(", ", declared.Take(20).Select(n => VocXml.Shorten(n))) + (declared.Count > 20 ? $", ... ({declared.Count} in all)" : "");
        explained = meant is not null
            ? (FindingKind.MisspeltClass, $"the class '{VocXml.Shorten(name)}' is not in the class list; '{VocXml.Shorten(meant)}' was probably meant.")
            : (FindingKind.UnknownClass, $"the class '{VocXml.Shorten(name)}' is not in the class list: {list}.");
        if (_explained.Count < MostCompared) _explained[name] = explained;
        return explained;
    }
}
