using System.Globalization;
using System.Text;

namespace Fovea.Benchmarks.Results;

/// <summary>Measurements in words and tables.</summary>
internal static class ResultText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>One line: what a terminal shows as soon as it is measured.</summary>
    public static string Line(Measurement m)
    {
        string text = $"{m.Name,-18} ours {Figure(m, m.OurSeconds),-16} peer {(m.PeerSeconds is { } peer ? Figure(m, peer) : "-"),-16} " +
            $"ratio {Ratio(m),-22} goal {Goal(m),-8} {Verdict(m)}";
        return text + string.Concat(Notes(m).Select(note => $"\n    {note}"));
    }

    /// <summary>The table of a results file.</summary>
    public static string Table(IReadOnlyList<Measurement> measurements)
    {
        var text = new StringBuilder("| benchmark | conditions | ours | peer | ours / peer, time (turns) | goal | met |\n|---|---|---|---|---|---|---|\n");
        foreach (Measurement m in measurements)
            text.Append(Culture, $"| {m.Name} | {m.Conditions} | {Figure(m, m.OurSeconds)} | {(m.PeerSeconds is { } peer ? Figure(m, peer) : "-")} | ")
                .Append(Culture, $"{Ratio(m)} | {Goal(m)} | {Verdict(m)} |\n");
        return text.ToString();
    }

    /// <summary>What has to be said about a measurement besides its numbers.</summary>
    public static IEnumerable<string> Notes(Measurement m)
    {
        if (m.Disagreement is { } difference) yield return $"The two sides did not compute the same: {difference}.";
        if (m.PeerAbsence is { } absence) yield return $"The peer was not measured. {absence.ReplaceLineEndings(" ")}";
        if (m is { OurMemory: > 0 and var ours, PeerMemory: > 0 and var peer })
            yield return string.Create(Culture, $"Most memory: ours {ours / 1e9:0.00} GB, peer {peer / 1e9:0.00} GB.");
    }

    private static string Figure(Measurement m, double seconds) =>
        m.RateUnit is { } unit ? string.Create(Culture, $"{m.RateCount / seconds:#,0} {unit}") : Time(seconds);

    private static string Time(double seconds) => seconds switch
    {
        < 0.01 => string.Create(Culture, $"{seconds * 1e3:0.000} ms"),
        < 1 => string.Create(Culture, $"{seconds * 1e3:0.0} ms"),
        _ => string.Create(Culture, $"{seconds:0.00} s"),
    };

    private static string Ratio(Measurement m) =>
        m.Ratio is { } ratio ? string.Create(Culture, $"{ratio:0.000} ({m.Ratios.Min():0.000} to {m.Ratios.Max():0.000})") : "-";

    private static string Goal(Measurement m) =>
        m.Goal.Seconds is { } seconds ? string.Create(Culture, $"<= {seconds} s") : string.Create(Culture, $"<= {m.Goal.Ratio}");

    private static string Verdict(Measurement m) =>
        m.Disagreement is not null ? "no: outcomes differ" : m.IsMet is not { } met ? "not measured" : met ? "yes" : "no";
}
