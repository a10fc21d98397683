namespace Fovea.Torch.Interop;

/// <summary>The compiler's arguments that make a bridge for one libtorch.</summary>
/// <param name="libtorch">The libtorch.</param>
/// <param name="withGroups">Whether the bridge may have process groups; a libtorch without their headers gets none in any case.</param>
internal sealed class BridgeCommand(LibTorch libtorch, bool withGroups = true)
{
    private static readonly Version NeedsCxx20 = new(2, 9);

    // Of headers that c10d's include but PyTorch's packages lack, beside the sources. Before all others, so that every libtorch
    // gets the same.
    private const string StandIns = "stand-ins";

    /// <summary>Whether the bridge has process groups.</summary>
    internal bool HasGroups { get; } = withGroups && libtorch.IncludeDirectories.Any(folder =>
        File.Exists(Path.Combine(folder, "torch", "csrc", "distributed", "c10d", "ProcessGroupGloo.hpp")));

    /// <summary>Arguments that turn one C++ file into an object file.</summary>
    internal IReadOnlyList<string> Compile(string source, string target) =>
    [
        libtorch.Version >= NeedsCxx20 ? "-std=c++20" : "-std=c++17",
        "-O2", "-fPIC", "-DNDEBUG", "-pthread",
        "-fvisibility=hidden", "-fvisibility-inlines-hidden",
        libtorch.UsesCxx11Abi ? "-D_GLIBCXX_USE_CXX11_ABI=1" : "-D_GLIBCXX_USE_CXX11_ABI=0",
        .. HasGroups ? ["-DFOVEA_GLOO", "-isystem", Path.Combine(Path.GetDirectoryName(source) ?? "", StandIns)] : Array.Empty<string>(),
        .. Includes(),
        "-c", source, "-o", target,
    ];

    /// <summary>Arguments that link object files to the shared object.</summary>
    /// <remarks>
    /// Not with <c>libtorch.so</c> or <c>libtorch_cuda.so</c>: the bridge opens the latter itself, so that it also starts where a
    /// CUDA build of libtorch finds no driver. The old kind of rpath (DT_RPATH) also serves libtorch's own dependencies, which
    /// conda keeps in the same folder.
    /// </remarks>
    internal IReadOnlyList<string> Link(IEnumerable<string> objects, string target) =>
    [
        "-shared", "-pthread", "-o", target,
        .. objects,
        "-L" + libtorch.LibraryDirectory, "-ltorch_cpu", "-lc10",
        "-Wl,-rpath," + libtorch.LibraryDirectory, "-Wl,--disable-new-dtags", "-Wl,-z,defs",
    ];

    // As system headers, so that their warnings stay quiet. The compiler's own /usr/include must keep its place in the search.
    private IEnumerable<string> Includes() =>
        libtorch.IncludeDirectories.Where(folder => folder is not ("/usr/include" or "/usr/local/include"))
            .SelectMany(folder => new[] { "-isystem", folder });
}
