namespace Fovea.Benchmarks.Running;

/// <summary>The checkout that this program was built from: peers, launcher and results are there.</summary>
internal static class Checkout
{
    /// <summary>Its folder.</summary>
    /// <exception cref="DirectoryNotFoundException">The program does not lie inside a checkout.</exception>
    public static string Root { get; } = Find();

    /// <summary>The folder of the peers' sides.</summary>
    public static string Peers => Path.Combine(Root, "benchmarks", "peers");

    /// <summary>The folder of results.</summary>
    public static string Results => Path.Combine(Root, "benchmarks", "results");

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Fovea.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not inside a checkout of Fovea: start the benchmarks from one.");
    }
}
