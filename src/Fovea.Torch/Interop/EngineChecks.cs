namespace Fovea.Torch.Interop;

/// <summary>What the engine needs of the machine: a libtorch, a fast BLAS, a C++ compiler.</summary>
public static class EngineChecks
{
    // A line below /proc that only NVIDIA's driver writes.
    private const string NvidiaDriver = "proc/driver/nvidia/version";

    /// <summary>Looks for each without loading or building anything.</summary>
    /// <param name="named">The folder of libtorch that the user names, as for <see cref="LibTorchLocator.Find(string?)"/>; or null.</param>
    public static IReadOnlyList<SetupCheck> Run(string? named = null) =>
        Run(named, MachineView.Real, BridgeBuilder.SourceFolder);

    internal static IReadOnlyList<SetupCheck> Run(string? named, MachineView machine, string sourceFolder)
    {
        List<SetupCheck> checks = [];
        LibTorch? libtorch = null;
        try
        {
            libtorch = LibTorchLocator.Find(named, machine);
            checks.Add(OfLibTorch(libtorch));
            checks.Add(OfBlas(libtorch));
            if (OfCuda(libtorch, machine) is { } cuda)
                checks.Add(cuda);
        }
        catch (TorchSetupException error)
        {
            bool isNamed = named is not null || machine.Value("LIBTORCH") is not null;
            checks.Add(isNamed // then another one is wanted than a package would bring
                ? new SetupCheck("libtorch", CheckState.Missing, error.Message, "name another folder with --libtorch or LIBTORCH")
                : SetupCheck.Installable(
                    "libtorch", CheckState.Missing, error.Message, "libtorch-dev", "libopenblas0-pthread"));
        }
        checks.Add(OfCompiler(machine, isNeeded: libtorch is null || !BridgeBuilder.IsBuilt(libtorch, sourceFolder, machine)));
        return checks;
    }

    private static SetupCheck OfLibTorch(LibTorch libtorch)
    {
        string origin = libtorch.Origin switch
        {
            LibTorchOrigin.Named => "named by --libtorch or LIBTORCH",
            LibTorchOrigin.System => "the system's packages",
            LibTorchOrigin.Python => "a Python's packages",
            _ => "an unpacked archive",
        };
        string found = $"{libtorch.Version} in {libtorch.Root} ({origin}), {(libtorch.HasCuda ? "with CUDA" : "CPU only")}";
        return new SetupCheck("libtorch", CheckState.Ok, found);
    }

    private static SetupCheck OfBlas(LibTorch libtorch) => libtorch.HasFastBlas
        ? new SetupCheck("BLAS", CheckState.Ok, "a fast one")
        : SetupCheck.Installable(
            "BLAS", CheckState.Warning, "the reference BLAS: networks run about 8 times slower than with OpenBLAS", "libopenblas0-pthread");

    private static SetupCheck? OfCuda(LibTorch libtorch, MachineView machine)
    {
        bool driver = File.Exists(machine.System(NvidiaDriver));
        return (driver, libtorch.HasCuda) switch
        {
            (true, true) => new SetupCheck("CUDA", CheckState.Ok, "an NVIDIA driver, and a libtorch with CUDA"),
            (true, false) => new SetupCheck(
                "CUDA", CheckState.Warning, "an NVIDIA driver, but this libtorch has no CUDA: the GPU stays idle",
                "install a CUDA build of PyTorch (pip install torch) and name it with LIBTORCH"),
            (false, true) => new SetupCheck(
                "CUDA", CheckState.Warning, "a libtorch with CUDA, but no NVIDIA driver: only the CPU is used", "install NVIDIA's driver"),
            (false, false) => null,
        };
    }

    private static SetupCheck OfCompiler(MachineView machine, bool isNeeded)
    {
        try
        {
            if (CxxCompiler.Find(machine) is not { } compiler)
                return !isNeeded
                    ? new SetupCheck("C++ compiler", CheckState.Ok, "none, and none is needed: the bridge is built")
                    : SetupCheck.Installable(
                        "C++ compiler", CheckState.Missing, "none; it compiles the bridge to libtorch, once", "g++");
            (int status, string output) = compiler.RunAsync(["--version"], CancellationToken.None).GetAwaiter().GetResult();
            string version = output.Split('\n')[0].Trim();
            return status == 0
                ? new SetupCheck("C++ compiler", CheckState.Ok, $"{version} in {compiler.Path}")
                : SetupCheck.Installable(
                    "C++ compiler", CheckState.Missing, $"{compiler.Path} fails at --version with status {status}: {version}", "g++");
        }
        catch (TorchSetupException error)
        {
            return new SetupCheck("C++ compiler", CheckState.Missing, error.Message, "unset CXX, or name a C++ compiler with it");
        }
    }
}
