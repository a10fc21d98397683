namespace Fovea.Torch.Interop;

/// <summary>Where a libtorch was found.</summary>
public enum LibTorchOrigin
{
    /// <summary>Named by the user: an option of the command line, or the variable LIBTORCH.</summary>
    Named,

    /// <summary>Installed by the system's packages.</summary>
    System,

    /// <summary>Part of a PyTorch in some Python's packages.</summary>
    Python,

    /// <summary>The libtorch archive of pytorch.org, unpacked in a usual place.</summary>
    Archive,
}

/// <summary>A libtorch that a bridge can be compiled against: both its headers and its shared objects are there.</summary>
/// <param name="Origin">The kind of place that it was found in.</param>
/// <param name="Root">The folder that holds its <c>include</c> and its libraries (<c>/usr</c> for the system's).</param>
/// <param name="IncludeDirectories">What the compiler searches for headers, in order.</param>
/// <param name="LibraryDirectory">The folder of <c>libtorch_cpu.so</c> and <c>libc10.so</c>.</param>
/// <param name="Version">As its header states it. Debian 12's 1.13.1 says 1.13.0.</param>
/// <param name="HasCuda">Whether <c>libtorch_cuda.so</c> lies beside the others.</param>
/// <param name="UsesCxx11Abi">
/// Whether it was compiled with the C++ library's strings of 2011. PyTorch's own Linux builds before 2.6 were not, and a bridge
/// compiled otherwise does not link.
/// </param>
/// <param name="HasFastBlas">
/// False when matrix products go to the reference BLAS, which makes networks about eight times slower. Only a system's
/// libtorch leaves that to a separate package.
/// </param>
public sealed record LibTorch(
    LibTorchOrigin Origin,
    string Root,
    IReadOnlyList<string> IncludeDirectories,
    string LibraryDirectory,
    Version Version,
    bool HasCuda,
    bool UsesCxx11Abi,
    bool HasFastBlas);
