using System.Text.Json.Serialization;

namespace Fovea.Benchmarks.Results;

/// <summary>What was measured of one benchmark.</summary>
internal sealed record Measurement
{
    public required string Name { get; init; }

    public required string Conditions { get; init; }

    public required Goal Goal { get; init; }

    /// <summary>Unit of the rate, such as "pictures/s", or null where times are shown.</summary>
    public string? RateUnit { get; init; }

    /// <summary>What a run makes, in the rate's unit times seconds.</summary>
    public double RateCount { get; init; }

    /// <summary>Seconds of each of our runs, by turns.</summary>
    public required double[][] Ours { get; init; }

    /// <summary>Seconds of each of the peer's runs, by turns; empty where it was not measured.</summary>
    public required double[][] Peer { get; init; }

    /// <summary>Most memory of our process in bytes, or null.</summary>
    public long? OurMemory { get; init; }

    /// <summary>Most memory of the peer's process in bytes, or null.</summary>
    public long? PeerMemory { get; init; }

    public required Dictionary<string, string> OurVersions { get; init; }

    public required Dictionary<string, string> PeerVersions { get; init; }

    /// <summary>Whether the outcomes of both sides were compared.</summary>
    public bool IsCompared { get; init; }

    /// <summary>How they differ more than they may, or null.</summary>
    public string? Disagreement { get; init; }

    /// <summary>Why the peer was not measured although there is one, or null.</summary>
    public string? PeerAbsence { get; init; }

    /// <summary>The commit that was measured.</summary>
    public string Commit { get; init; } = "";

    /// <summary>When, in UTC.</summary>
    public DateTime Time { get; init; }

    /// <summary>Median of our times.</summary>
    [JsonInclude]
    public double OurSeconds => Median([.. Ours.SelectMany(turn => turn)]);

    /// <summary>Median of the peer's, or null.</summary>
    [JsonInclude]
    public double? PeerSeconds => Peer.Length > 0 ? Median([.. Peer.SelectMany(turn => turn)]) : null;

    /// <summary>Our median over the peer's, or null.</summary>
    [JsonInclude]
    public double? Ratio => OurSeconds / PeerSeconds;

    /// <summary>The ratio of each pair of turns: how far they lie apart shows how quiet the machine was.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Ratios => [.. Ours.Zip(Peer, (ours, peer) => Median(ours) / Median(peer))];

    /// <summary>Whether the goal is met; null where that cannot be told.</summary>
    [JsonInclude]
    public bool? IsMet => Disagreement is not null ? false : Goal.IsMet(OurSeconds, Ratio);

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
