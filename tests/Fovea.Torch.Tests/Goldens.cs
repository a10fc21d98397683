namespace Fovea.Torch.Tests;

/// <summary>Finds the checked-in values under tests/goldens.</summary>
internal static class Goldens
{
    private static readonly string Root = FindRoot();

    public static string Path(string area, string name) => System.IO.Path.Combine(Root, area, name);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string goldens = System.IO.Path.Combine(folder.FullName, "tests", "goldens");
            if (Directory.Exists(goldens)) return goldens;
        }
        throw new DirectoryNotFoundException($"No tests/goldens above {AppContext.BaseDirectory}.");
    }
}
