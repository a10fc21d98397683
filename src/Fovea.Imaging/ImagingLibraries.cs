using Fovea.Imaging.Native;

namespace Fovea.Imaging;

/// <summary>Tells which native picture libraries this machine lacks, for a program that wants to say so before it needs them.</summary>
public static class ImagingLibraries
{
    /// <summary>The missing libraries, each with the Debian package that brings it; empty when all are there.</summary>
    public static IReadOnlyList<(string Library, string DebianPackage)> Missing() => [.. NativeLibraries.Missing()];
}
