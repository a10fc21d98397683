namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea eval</c> found out.</summary>
internal interface IMeasured
{
    /// <summary>For people.</summary>
    void Print(TextWriter output);

    /// <summary>For programs.</summary>
    object ToJson();
}
