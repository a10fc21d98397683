using System.Globalization;

namespace Fovea.Benchmarks.Running;

/// <summary>Whether both sides computed the same: a fast wrong answer is worth nothing.</summary>
internal static class Outcomes
{
    /// <summary>What does not agree, in words, or null where everything does.</summary>
    public static string? Disagreement(IReadOnlyList<Agreement> agreements, Dictionary<string, double[]> ours, Dictionary<string, double[]> peer)
    {
        string[] found = [.. agreements.Select(agreement => Disagreement(agreement, ours, peer)).OfType<string>()];
        return found.Length > 0 ? string.Join("; ", found) : null;
    }

    private static string? Disagreement(Agreement agreement, Dictionary<string, double[]> ours, Dictionary<string, double[]> peer)
    {
        if (!ours.TryGetValue(agreement.Output, out double[]? a) || !peer.TryGetValue(agreement.Output, out double[]? b))
            return $"{agreement.Output} is missing on one side";
        // Where single numbers may differ, so may how many there are.
        int longer = Math.Max(a.Length, b.Length), close = 0;
        double worst = 0;
        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            double difference = a[i].Equals(b[i]) ? 0 : Math.Abs(a[i] - b[i]) / Math.Max(1, Math.Abs(b[i]));
            if (difference <= agreement.Tolerance) close++;
            if (!(difference <= worst)) worst = difference;
        }
        if (close >= agreement.Share * longer) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{agreement.Output}: {close} of {longer} numbers agree (ours {a.Length}, the peer's ") +
            string.Create(CultureInfo.InvariantCulture, $"{b.Length}; largest difference {worst:g3}, {agreement.Tolerance:g3} is allowed)");
    }
}
