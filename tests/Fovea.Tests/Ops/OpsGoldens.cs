using System.Text.Json;

namespace Fovea.Tests.Ops;

/// <summary>Torchvision's answers (tests/goldens/ops), and the formulas by which its inputs were filled.</summary>
internal static class OpsGoldens
{
    private static readonly Lazy<JsonElement> Values = new(() => Load("ops"));

    public static JsonElement Get(string name) => Values.Value.GetProperty(name);

    public static float[] Floats(this JsonElement array) => [.. array.EnumerateArray().Select(v => (float)v.GetDouble())];

    public static long[] Longs(this JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt64())];

    public static int Int(this JsonElement golden, string name) => golden.GetProperty(name).GetInt32();

    public static float Float(this JsonElement golden, string name) => (float)golden.GetProperty(name).GetDouble();

    public static float[] Fill(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => (i * 7919L + seed * 104729L) % 1009 / 512f - 1)];

    public static float[] Boxes(int count, float width, float height, int seed)
    {
        float[] u = [.. Fill(count * 4, seed).Select(v => (v + 1) / 2)];
        for (int i = 0; i < u.Length; i += 4)
        {
            float x = u[i] * width * 0.7f, y = u[i + 1] * height * 0.7f;
            (u[i], u[i + 1], u[i + 2], u[i + 3]) = (x, y, x + u[i + 2] * width * 0.5f + 1, y + u[i + 3] * height * 0.5f + 1);
        }
        return u;
    }

    public static float[] Rois(int count, int images, float width, float height, int seed)
    {
        float[] boxes = Boxes(count, width, height, seed);
        return [.. Enumerable.Range(0, count).SelectMany(r => boxes[(4 * r)..(4 * r + 4)].Prepend(r % images))];
    }

    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"entry {i}: expected {expected[i]}, got {actual[i]}");
    }

    /// <summary>The goldens of an area: tests/goldens/AREA/AREA.json.</summary>
    public static JsonElement Load(string area)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Fovea.slnx"))) folder = folder.Parent;
        Assert.NotNull(folder);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "tests", "goldens", area, area + ".json"))).RootElement;
    }
}
