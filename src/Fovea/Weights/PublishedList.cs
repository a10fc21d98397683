using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fovea.Weights;

/// <summary>The files of Published/, which travel inside the library.</summary>
internal sealed record PublishedList
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly Lazy<PublishedList> Read = new(() =>
    {
        using Stream stream = OpenResource("torchvision.json");
        return JsonSerializer.Deserialize<PublishedList>(stream, Json)!;
    });

    public static PublishedList Instance => Read.Value;

    /// <summary>Where the facts come from.</summary>
    public required string Source { get; init; }

    /// <summary>What torchvision starts detectors and segmenters from.</summary>
    public required IReadOnlyList<BackboneStart> Backbones { get; init; }

    public required IReadOnlyList<PublishedWeights> Weights { get; init; }

    /// <summary>Opens one of the files.</summary>
    public static Stream OpenResource(string file) =>
        typeof(PublishedList).Assembly.GetManifestResourceStream($"Fovea.Weights.Published.{file}")
        ?? throw new InvalidOperationException($"Fovea was built without {file}. This is a fault in how it was built.");
}

/// <summary>The classification network, and its weights, that torchvision starts a detector or segmenter from.</summary>
internal sealed record BackboneStart(string Model, string Backbone, string Name);
