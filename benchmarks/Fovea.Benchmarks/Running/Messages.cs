using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fovea.Benchmarks.Running;

/// <summary>What a side says when it has warmed up: one line of JSON.</summary>
/// <param name="Versions">Of what it runs on, by name.</param>
/// <param name="Outcome">What it computed.</param>
internal sealed record ReadyMessage(Dictionary<string, string> Versions, Dictionary<string, double[]> Outcome);

/// <summary>What a side answers to "run N": the time of each run.</summary>
internal sealed record TimesMessage(double[] Seconds);

/// <summary>How messages are written: a line each, with the names that the Python side uses.</summary>
internal static class Messages
{
    public static JsonSerializerOptions Format { get; } = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
