using Fovea.Data.Checking;

namespace Fovea.Data.Reading;

/// <summary>Explains classes that a class list does not have, each name once.</summary>
internal sealed class UnknownClasses(IReadOnlyList<string> declared)
{
    /// <summary>Names that are explained, and pairs that are compared: comparing each of a million wrong names with each of
    /// a hundred thousand right ones would take hours and help nobody.</summary>
    private const int MostExplained = 200;
    private const int MostPairs = 200_000;

    private readonly Dictionary<string, (FindingKind, string)> _explained = new(StringComparer.Ordinal);

    /// <summary>The kind and the message of the fault.</summary>
    public (FindingKind Kind, string Message) Explain(string name)
    {
        if (_explained.TryGetValue(name, out var explained)) return explained;
        bool compare = _explained.Count < MostExplained && (_explained.Count + 1L) * declared.Count <= MostPairs;
        string? meant = compare ? ClassNames.Nearest(name, declared) : null;
        string list = string.Join(", ", declared.Take(20).Select(n => OneLine.Shorten(n)));
        if (declared.Count > 20) list += $", ... ({declared.Count} in all)";
        string message = $"the class '{OneLine.Shorten(name)}' is not in the class list";
        explained = meant is not null
            ? (FindingKind.MisspeltClass, $"{message}; '{OneLine.Shorten(meant)}' was probably meant.")
            : (FindingKind.UnknownClass, $"{message}: {list}.");
        if (_explained.Count < MostExplained) _explained[name] = explained;
        return explained;
    }
}
