namespace Fovea.Torch.Interop;

/// <summary>Finds the libtorch that the machine has.</summary>
/// <remarks>
/// The order: the place that the user names, the system's packages, a PyTorch in some Python's packages, an unpacked archive.
/// </remarks>
public static class LibTorchLocator
{
    /// <summary>The oldest release that the bridge is made for.</summary>
    public static Version Oldest { get; } = new(1, 13);

    /// <summary>The command that installs everything that the engine needs, on Debian and its descendants.</summary>
    public const string InstallCommand = "apt-get install libtorch-dev libopenblas0-pthread g++";

    /// <summary>The libtorch to use.</summary>
    /// <param name="named">
    /// A folder that the user names: an unpacked libtorch, a <c>torch</c> package folder, a virtual environment, or a prefix such
    /// as <c>/usr</c>. Null reads the variable LIBTORCH; where that is not set either, the usual places are searched.
    /// </param>
    /// <exception cref="TorchSetupException">There is none, or none in the named place, or it is too old.</exception>
    public static LibTorch Find(string? named = null) => Find(named, MachineView.Real);

    internal static LibTorch Find(string? named, MachineView machine)
    {
        named ??= machine.Value("LIBTORCH");
        if (named is not null)
            return Checked(InNamed(Path.GetFullPath(named)) ?? throw NotInNamed(named));
        List<LibTorch> tooOld = [];
        foreach (LibTorch found in Search(machine))
        {
            if (found.Version >= Oldest)
                return found;
            tooOld.Add(found);
        }
        throw tooOld.Count > 0 ? TooOld(tooOld[0]) : NotFound(machine);
    }

    private static IEnumerable<LibTorch> Search(MachineView machine)
    {
        IEnumerable<(string Folder, LibTorchOrigin Origin)> places =
        [
            (machine.System("usr"), LibTorchOrigin.System),
            (machine.System("usr/local"), LibTorchOrigin.System),
            .. PythonPackages.Folders(machine).Select(folder => (Path.Combine(folder, "torch"), LibTorchOrigin.Python)),
            .. ArchiveFolders(machine).Select(folder => (folder, LibTorchOrigin.Archive)),
        ];
        return places.Select(place => LibTorchFolder.Inspect(place.Folder, place.Origin)).OfType<LibTorch>();
    }

    private static IEnumerable<string> ArchiveFolders(MachineView machine)
    {
        yield return machine.System("opt/libtorch");
        yield return machine.System("usr/local/libtorch");
        if (machine.Home is { } home)
            yield return Path.Combine(home, "libtorch");
    }

    private static LibTorch? InNamed(string folder) =>
        new[] { folder, Path.Combine(folder, "libtorch"), Path.Combine(folder, "torch") }
            .Concat(PythonPackages.PackagesUnder(folder).Select(packages => Path.Combine(packages, "torch")))
            .Select(root => LibTorchFolder.Inspect(root, LibTorchOrigin.Named))
            .FirstOrDefault(found => found is not null);

    private static LibTorch Checked(LibTorch found) => found.Version >= Oldest ? found : throw TooOld(found);

    private static TorchSetupException NotInNamed(string named) => new(
        $"No libtorch in '{named}' (named by --libtorch or the variable LIBTORCH). Expected a folder with "
        + "include/torch/csrc/api/include/torch/torch.h and lib/libtorch_cpu.so, such as an unpacked libtorch, the 'torch' folder "
        + "of a Python's site-packages, or a virtual environment that has PyTorch. Name another, or none to search the usual places.");

    private static TorchSetupException TooOld(LibTorch found) => new(
        $"The libtorch in '{found.Root}' says version {found.Version}; {Oldest} or later is needed. "
        + $"Install a newer one ({InstallCommand}) or name it with --libtorch.");

    private static TorchSetupException NotFound(MachineView machine) =>
        LibTorchFolder.FindLibraries(machine.System("usr")) is { } libraries
            ? new($"libtorch is in '{libraries}', but its headers are not on this machine. Install them: {InstallCommand}")
            : new("No libtorch on this machine: neither among the system's packages, nor in a Python's packages (torch), nor in "
                + $"/opt/libtorch. Install it: {InstallCommand}, or name an existing one with --libtorch or the variable LIBTORCH.");
}
