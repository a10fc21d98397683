using System.Reflection;
using System.Runtime.InteropServices;

namespace Fovea.Imaging.Native;

/// <summary>The native libraries of this assembly: what they are called on each system, and who delivers them. The only place that
/// knows.</summary>
internal static class NativeLibraries
{
    public const string TurboJpeg = "turbojpeg";
    public const string Png = "png16";
    public const string WebP = "webp";
    public const string Cairo = "cairo";

    private static readonly Library[] _all =
    [
        new(TurboJpeg, "libturbojpeg0", "jpeg-turbo", ["libturbojpeg.so.0", "libturbojpeg.so"],
            ["libturbojpeg.0.dylib", "libturbojpeg.dylib"], ["turbojpeg.dll", "libturbojpeg.dll"]),
        new(Png, "libpng16-16", "libpng", ["libpng16.so.16", "libpng16.so"],
            ["libpng16.16.dylib", "libpng16.dylib"], ["libpng16.dll", "libpng16-16.dll"]),
        new(WebP, "libwebp7", "webp", ["libwebp.so.7", "libwebp.so"],
            ["libwebp.7.dylib", "libwebp.dylib"], ["libwebp.dll", "libwebp-7.dll"]),
        new(Cairo, "libcairo2", "cairo", ["libcairo.so.2", "libcairo.so"],
            ["libcairo.2.dylib", "libcairo.dylib"], ["cairo.dll", "libcairo-2.dll", "cairo-2.dll"]),
    ];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Makes sure that the resolver is in place: each class of imports calls it before its first import.</summary>
    public static void Register()
    {
        // The work is done once, by the static constructor.
    }

    /// <summary>The libraries that this machine lacks, by what would bring them.</summary>
    public static IEnumerable<(string Library, string DebianPackage)> Missing()
    {
        foreach (Library library in _all)
        {
            if (TryLoad(library, typeof(NativeLibraries).Assembly, null, out IntPtr handle)) NativeLibrary.Free(handle);
            else yield return (library.Names[0], library.DebianPackage);
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        Library? library = Array.Find(_all, candidate => candidate.Name == name);
        if (library is null) return IntPtr.Zero;
        if (TryLoad(library, assembly, path, out IntPtr handle)) return handle;
        string advice = OperatingSystem.IsMacOS() ? $"Install it with: brew install {library.BrewFormula}"
            : OperatingSystem.IsWindows() ? "Put it beside the program or on the PATH."
            : $"On Debian and Ubuntu install it with: apt-get install {library.DebianPackage}";
        throw new DllNotFoundException($"The library {library.Names[0]} was not found (tried {string.Join(", ", library.Names)}). " +
            advice);
    }

    private static bool TryLoad(Library library, Assembly assembly, DllImportSearchPath? path, out IntPtr handle)
    {
        foreach (string name in library.Names)
        {
            if (NativeLibrary.TryLoad(name, assembly, path, out handle)) return true;
            // Homebrew's folder on Apple silicon is not among the loader's default folders.
            if (OperatingSystem.IsMacOS() && NativeLibrary.TryLoad("/opt/homebrew/lib/" + name, out handle)) return true;
        }
        handle = IntPtr.Zero;
        return false;
    }

    private sealed record Library(string Name, string DebianPackage, string BrewFormula, string[] Linux, string[] MacOs, string[] Windows)
    {
        public string[] Names => OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOs : Linux;
    }
}
