using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

public sealed class EngineChecksTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public void OnAnEmptyMachineEachPartIsMissingWithItsPackages()
    {
        IReadOnlyList<SetupCheck> checks = EngineChecks.Run(null, _machine.View, _machine.Folder("native"));
        Assert.Equal(["libtorch", "C++ compiler"], checks.Select(check => check.Name));
        Assert.All(checks, check => Assert.Equal(CheckState.Missing, check.State));
        Assert.Equal(
            ["libtorch-dev", "libopenblas0-pthread", "g++"], checks.SelectMany(check => check.Packages));
        Assert.Equal("apt-get install g++", checks[1].Mend);
    }

    [Fact]
    public void ANamedFolderWithoutLibTorchAsksForNoPackage()
    {
        SetupCheck libtorch = EngineChecks.Run(_machine.Folder("empty"), _machine.View, _machine.Folder("native"))[0];
        Assert.Equal(CheckState.Missing, libtorch.State);
        Assert.Empty(libtorch.Packages);
    }

    [Fact]
    public void ACompleteMachineIsFine()
    {
        _machine.WriteLibTorch("usr", "1.13.0");
        _machine.WriteProgram("usr/bin/g++", "echo 'g++ (Debian) 12.2.0'");
        IReadOnlyList<SetupCheck> checks = EngineChecks.Run(null, _machine.View, _machine.Folder("native"));
        Assert.All(checks, check => Assert.Equal((CheckState.Ok, null), (check.State, check.Mend)));
        Assert.Contains("1.13.0", checks[0].Found);
        Assert.StartsWith("g++ (Debian) 12.2.0 in ", checks[^1].Found);
    }

    [Fact]
    public void TheSystemsLibTorchNeedsAFastBlas()
    {
        _machine.WriteLibTorch("usr", "1.13.0");
        _machine.Write("usr/lib/libblas.so.3", "");
        IReadOnlyList<SetupCheck> checks = EngineChecks.Run(null, _machine.View, _machine.Folder("native"));
        Assert.Equal((CheckState.Ok, null), (checks[0].State, checks[0].Mend));
        Assert.Equal((CheckState.Warning, "apt-get install libopenblas0-pthread"), (checks[1].State, checks[1].Mend));
    }

    [Theory]
    [InlineData(true, true, CheckState.Ok)]
    [InlineData(true, false, CheckState.Warning)]
    [InlineData(false, true, CheckState.Warning)]
    public void ADriverAndALibTorchWithCudaNeedEachOther(bool driver, bool cuda, CheckState state)
    {
        _machine.WriteLibTorch("opt/libtorch", "2.5.1");
        if (cuda)
            _machine.Write("opt/libtorch/lib/libtorch_cuda.so", "");
        if (driver)
            _machine.Write("proc/driver/nvidia/version", "");
        SetupCheck check = EngineChecks.Run(null, _machine.View, _machine.Folder("native")).Single(check => check.Name == "CUDA");
        Assert.Equal((state, state == CheckState.Ok), (check.State, check.Mend is null));
    }

    [Fact]
    public void WithNeitherDriverNorCudaNothingIsSaid()
    {
        _machine.WriteLibTorch("opt/libtorch", "2.5.1");
        Assert.DoesNotContain(EngineChecks.Run(null, _machine.View, _machine.Folder("native")), check => check.Name == "CUDA");
    }

    [Fact]
    public void NoCompilerIsNeededOnceTheBridgeIsBuilt()
    {
        string root = _machine.WriteLibTorch("opt/libtorch", "2.5.1");
        _machine.Write("native/bridge.cpp", "");
        Assert.Equal(CheckState.Missing, Compiler().State);

        LibTorch libtorch = LibTorchFolder.Inspect(root, LibTorchOrigin.Archive)!;
        var cache = new BridgeCache(BridgeCache.DefaultFolder(_machine.View), BridgeSources.In(_machine.Folder("native")), libtorch);
        _machine["CXX"] = _machine.WriteProgram("away/g++", "exit 1");
        string built = cache.PathFor(CxxCompiler.Find(_machine.View)!);
        _machine["CXX"] = "";
        Directory.CreateDirectory(Path.GetDirectoryName(built)!);
        File.WriteAllText(built, "");
        Assert.Equal(CheckState.Ok, Compiler().State);

        SetupCheck Compiler() => EngineChecks.Run(null, _machine.View, _machine.Folder("native"))[^1];
    }

    [Fact]
    public void ABrokenCompilerIsTold()
    {
        _machine.WriteProgram("usr/bin/g++", "echo 'cannot execute cc1plus' >&2; exit 3");
        SetupCheck compiler = EngineChecks.Run(null, _machine.View, _machine.Folder("native"))[^1];
        Assert.Equal(CheckState.Missing, compiler.State);
        Assert.Contains("status 3: cannot execute cc1plus", compiler.Found);
    }

    [Fact]
    public void TheEngineOfThisMachineComputesRight()
    {
        SetupCheck check = EngineTrial.Run(new LibraryOptions());
        Assert.Equal(CheckState.Ok, check.State);
        Assert.Contains($"libtorch {Library.Version} works", check.Found);
    }

    public void Dispose() => _machine.Dispose();
}
