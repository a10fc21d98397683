namespace Fovea.Torch.Interop;

/// <summary>The folders in which a Python of this machine keeps its packages. No Python is started for it.</summary>
internal static class PythonPackages
{
    /// <summary>Every <c>site-packages</c> and <c>dist-packages</c> worth a look, the one that the user's shell would use first.</summary>
    internal static IEnumerable<string> Folders(MachineView machine) =>
        Prefixes(machine).Distinct().SelectMany(PackagesUnder).Distinct();

    /// <summary>The package folders of one Python prefix, such as a virtual environment.</summary>
    internal static IEnumerable<string> PackagesUnder(string prefix)
    {
        foreach (string lib in new[] { "lib", "lib64" })
            foreach (string python in MachineView.Folders(Path.Combine(prefix, lib), "python3*"))
                foreach (string kind in new[] { "site-packages", "dist-packages" })
                    if (Path.Combine(python, kind) is { } folder && Directory.Exists(folder))
                        yield return folder;
    }

    private static IEnumerable<string> Prefixes(MachineView machine)
    {
        foreach (string variable in new[] { "VIRTUAL_ENV", "CONDA_PREFIX" })
            if (machine.Value(variable) is { } active)
                yield return active;

        // A virtual environment's python3 is a link to the base Python: both have packages.
        if (machine.FindProgram("python3") is { } python)
            foreach (string program in new[] { python, File.ResolveLinkTarget(python, returnFinalTarget: true)?.FullName ?? python })
                if (Path.GetDirectoryName(Path.GetDirectoryName(program)) is { } prefix)
                    yield return prefix;

        if (machine.Home is { } home)
        {
            yield return Path.Combine(home, ".local");
            string pyenv = machine.Value("PYENV_ROOT") ?? Path.Combine(home, ".pyenv");
            foreach (string version in MachineView.Folders(Path.Combine(pyenv, "versions"), "*"))
                yield return version;
            foreach (string conda in new[] { "miniconda3", "anaconda3", "miniforge3", "mambaforge" })
                yield return Path.Combine(home, conda);
        }
        yield return machine.System("usr/local");
        yield return machine.System("usr");
        yield return machine.System("opt/conda");
        yield return machine.System("opt/venv");
    }
}
