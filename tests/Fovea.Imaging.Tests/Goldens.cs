using System.Text.Json;

namespace Fovea.Imaging.Tests;

/// <summary>Tiny picture files and their pixels, made by goldens/imaging/make.py.</summary>
public sealed record GoldenFile(string Name, byte[] Data, int Height, int Width, byte[] Pixels, int Tolerance)
{
    public ImageSize Size => new(Height, Width);

    public override string ToString() => Name;
}

public sealed record GoldenPixels(int Height, int Width, byte[] Pixels)
{
    public ImageSize Size => new(Height, Width);
}

public sealed record Goldens(GoldenFile[] Files, GoldenPixels ResizeSource, GoldenPixels[] Resized, GoldenPixels[] Bicubic,
    GoldenPixels[] CutOff)
{
    public static Goldens All { get; } = Read();

    public static TheoryData<string> Names => new(All.Files.Select(file => file.Name));

    public static GoldenFile Find(string name) => All.Files.Single(file => file.Name == name);

    private static Goldens Read()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        using FileStream file = File.OpenRead(Path.Combine(folder, "tests", "goldens", "imaging", "goldens.json"));
        return JsonSerializer.Deserialize<Goldens>(file, JsonSerializerOptions.Web)!;
    }
}
