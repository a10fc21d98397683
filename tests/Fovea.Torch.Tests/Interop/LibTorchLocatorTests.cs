using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

public sealed class LibTorchLocatorTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public void AnEmptyMachineGetsTheInstallCommand()
    {
        var error = Assert.Throws<TorchSetupException>(() => LibTorchLocator.Find(null, _machine.View));
        Assert.Contains("No libtorch on this machine", error.Message);
        Assert.Contains("apt-get install libtorch-dev libopenblas0-pthread g++", error.Message);
    }

    [Fact]
    public void TheSystemsComesBeforeAPythons()
    {
        _machine.WriteLibTorch("home/user/.local/lib/python3.12/site-packages/torch", "2.5.1");
        string usr = _machine.WriteLibTorch("usr", "1.13.0", $"lib/{LibTorchFolder.Triplet}");
        LibTorch found = LibTorchLocator.Find(null, _machine.View);
        Assert.Equal(
            (LibTorchOrigin.System, usr, new Version(1, 13, 0), Path.Combine(usr, "lib", LibTorchFolder.Triplet)),
            (found.Origin, found.Root, found.Version, found.LibraryDirectory));
        Assert.Equal(
            [Path.Combine(usr, "include"), Path.Combine(usr, "include/torch/csrc/api/include")], found.IncludeDirectories);
    }

    [Theory]
    [InlineData("home/user/.local/lib/python3.11/site-packages/torch")]
    [InlineData("home/user/.pyenv/versions/3.12.1/lib/python3.12/site-packages/torch")]
    [InlineData("home/user/miniforge3/lib/python3.10/site-packages/torch")]
    [InlineData("opt/conda/lib/python3.11/site-packages/torch")]
    [InlineData("usr/local/lib/python3.12/dist-packages/torch")]
    [InlineData("usr/lib/python3/dist-packages/torch")]
    public void APythonsPackagesAreSearched(string root)
    {
        string torch = _machine.WriteLibTorch(root, "2.3.0");
        LibTorch found = LibTorchLocator.Find(null, _machine.View);
        Assert.Equal((LibTorchOrigin.Python, torch), (found.Origin, found.Root));
    }

    [Theory]
    [InlineData("opt/libtorch")]
    [InlineData("home/user/libtorch")]
    public void AnUnpackedArchiveIsFound(string root)
    {
        string torch = _machine.WriteLibTorch(root, "2.3.0");
        LibTorch found = LibTorchLocator.Find(null, _machine.View);
        Assert.Equal((LibTorchOrigin.Archive, torch), (found.Origin, found.Root));
    }

    [Fact]
    public void TheActiveEnvironmentComesBeforeOtherPythons()
    {
        _machine.WriteLibTorch("home/user/.local/lib/python3.11/site-packages/torch", "2.3.0");
        string active = _machine.WriteLibTorch("work/venv/lib/python3.11/site-packages/torch", "2.4.0");
        _machine["VIRTUAL_ENV"] = Path.Combine(_machine.Root, "work/venv");
        Assert.Equal(active, LibTorchLocator.Find(null, _machine.View).Root);
    }

    [Fact]
    public void ThePackagesOfThePythonOnThePathAreSearchedThroughItsLink()
    {
        string torch = _machine.WriteLibTorch("srv/python/lib/python3.12/site-packages/torch", "2.4.0");
        _machine.WriteProgram("srv/python/bin/python3.12", "exit 1");
        _machine.Folder("venv/bin");
        File.CreateSymbolicLink(Path.Combine(_machine.Root, "venv/bin/python3"), Path.Combine(_machine.Root, "srv/python/bin/python3.12"));
        _machine["PATH"] = Path.Combine(_machine.Root, "venv/bin");
        Assert.Equal(torch, LibTorchLocator.Find(null, _machine.View).Root);
    }

    [Fact]
    public void TheNewestPythonOfOnePrefixComesFirst()
    {
        _machine.WriteLibTorch("usr/local/lib/python3.9/site-packages/torch", "2.3.0");
        string newest = _machine.WriteLibTorch("usr/local/lib/python3.12/site-packages/torch", "2.3.0");
        Assert.Equal(newest, LibTorchLocator.Find(null, _machine.View).Root);
    }

    [Theory]
    [InlineData("srv/libtorch")]
    [InlineData("srv")]
    public void ANamedFolderWinsOverAllOthers(string named)
    {
        _machine.WriteLibTorch("usr", "1.13.0");
        string torch = _machine.WriteLibTorch("srv/libtorch", "2.3.0");
        Assert.Equal(torch, LibTorchLocator.Find(Path.Combine(_machine.Root, named), _machine.View).Root);
        _machine["LIBTORCH"] = Path.Combine(_machine.Root, named);
        LibTorch found = LibTorchLocator.Find(null, _machine.View);
        Assert.Equal((LibTorchOrigin.Named, torch), (found.Origin, found.Root));
    }

    [Fact]
    public void ANamedVirtualEnvironmentWillDo()
    {
        string torch = _machine.WriteLibTorch("venv/lib/python3.12/site-packages/torch", "2.3.0");
        Assert.Equal(torch, LibTorchLocator.Find(Path.Combine(_machine.Root, "venv"), _machine.View).Root);
    }

    [Fact]
    public void ANamedFolderWithoutLibTorchIsAnErrorEvenWhereAnotherExists()
    {
        _machine.WriteLibTorch("usr", "1.13.0");
        string empty = _machine.Folder("srv/empty");
        var error = Assert.Throws<TorchSetupException>(() => LibTorchLocator.Find(empty, _machine.View));
        Assert.Contains($"No libtorch in '{empty}'", error.Message);
    }

    [Fact]
    public void LibrariesWithoutHeadersAreExplained()
    {
        _machine.WriteLibraries("usr", $"lib/{LibTorchFolder.Triplet}");
        var error = Assert.Throws<TorchSetupException>(() => LibTorchLocator.Find(null, _machine.View));
        Assert.Contains("its headers are not on this machine", error.Message);
    }

    [Fact]
    public void ATooOldOneIsPassedOverAndNamedWhenItIsTheOnlyOne()
    {
        string old = _machine.WriteLibTorch("usr", "1.7.1");
        var error = Assert.Throws<TorchSetupException>(() => LibTorchLocator.Find(null, _machine.View));
        Assert.Contains($"'{old}' says version 1.7.1; 1.13 or later is needed", error.Message);
        string newer = _machine.WriteLibTorch("opt/libtorch", "2.0.0");
        Assert.Equal(newer, LibTorchLocator.Find(null, _machine.View).Root);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheStringAbiIsReadFromTheSymbols(bool oldAbi)
    {
        _machine.WriteLibTorch("opt/libtorch", "2.0.0", oldAbi: oldAbi);
        Assert.Equal(!oldAbi, LibTorchLocator.Find(null, _machine.View).UsesCxx11Abi);
    }

    [Fact]
    public void CudaIsSeenByItsLibrary()
    {
        _machine.WriteLibTorch("opt/libtorch", "2.0.0");
        Assert.False(LibTorchLocator.Find(null, _machine.View).HasCuda);
        _machine.Write("opt/libtorch/lib/libtorch_cuda.so", "");
        Assert.True(LibTorchLocator.Find(null, _machine.View).HasCuda);
    }

    [Theory]
    [InlineData("openblas-pthread/libblas.so.3", true)]
    [InlineData("blas/libblas.so.3", false)]
    public void TheReferenceBlasIsTold(string target, bool fast)
    {
        _machine.WriteLibTorch("usr", "1.13.0");
        string file = _machine.Write($"usr/lib/{target}", "");
        File.CreateSymbolicLink(Path.Combine(_machine.Root, "usr/lib/libblas.so.3"), file);
        Assert.Equal(fast, LibTorchLocator.Find(null, _machine.View).HasFastBlas);
    }

    [Fact]
    public void VersionsThatMovedToAnotherHeaderAreRead()
    {
        string root = _machine.WriteLibTorch("opt/libtorch", "2.0.0");
        File.WriteAllText(Path.Combine(root, "include/torch/csrc/api/include/torch/version.h"), "#include <torch/headeronly/version.h>\n");
        _machine.Write("opt/libtorch/include/torch/headeronly/version.h", "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 10\n");
        Assert.Equal(new Version(2, 10, 0), LibTorchLocator.Find(null, _machine.View).Version);
    }

    public void Dispose() => _machine.Dispose();
}
