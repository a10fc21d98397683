using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

public sealed class BridgeBuilderTests : IDisposable
{
    private const string GroupsHeader = "opt/libtorch/include/torch/csrc/distributed/c10d/ProcessGroupGloo.hpp";

    private readonly FakeMachine _machine = new();
    private readonly List<string> _told = [];

    [Fact]
    public void WithoutACompilerTheMessageNamesTheCommand()
    {
        var error = Assert.Throws<TorchSetupException>(() => Build("int one() { return 1; }"));
        Assert.Contains("No C++ compiler on this machine", error.Message);
        Assert.Contains(LibTorchLocator.InstallCommand, error.Message);
    }

    [Fact]
    public void ACompilerThatDoesNotExistIsNamed()
    {
        _machine["CXX"] = "g++-99";
        Assert.Contains("'g++-99'", Assert.Throws<TorchSetupException>(() => Build("")).Message);
    }

    [Fact]
    public void WithoutSourcesTheFolderIsNamed()
    {
        string empty = _machine.Folder("empty");
        Assert.Contains($"'{empty}'", Assert.Throws<TorchSetupException>(() => BridgeBuilder.EnsureBuilt(Fake(), empty, _machine.View, null)).Message);
    }

    [Fact]
    public void ACompilersErrorIsShownWithTheFile()
    {
        UseRealCompiler();
        var error = Assert.Throws<TorchSetupException>(() => Build("int one() { return missing_name; }"));
        Assert.Contains("failed at compiling bridge.cpp against libtorch 2.0.0", error.Message);
        Assert.Contains("missing_name", error.Message);
        Assert.Empty(Directory.GetDirectories(_machine.Root, "build-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void AMissingHeaderBringsTheInstallCommand()
    {
        UseRealCompiler();
        var error = Assert.Throws<TorchSetupException>(() => Build("#include <no/such/header.h>"));
        Assert.Contains(LibTorchLocator.InstallCommand, error.Message);
    }

    [Fact]
    public void AnUnresolvedNameIsFoundWhenLinking()
    {
        UseRealCompiler();
        Assert.Contains("nowhere", Assert.Throws<TorchSetupException>(() => Build("int nowhere(); int one() { return nowhere(); }")).Message);
    }

    [Fact]
    public void TheBuiltLibraryLoadsIsKeptAndIsRebuiltWhenASourceChanges()
    {
        UseRealCompiler();
        const string Code = "extern \"C\" __attribute__((visibility(\"default\"))) int answer() { return 42; }";
        string first = Build(Code);
        IntPtr library = NativeLibrary.Load(first);
        Assert.Equal(42, Marshal.GetDelegateForFunctionPointer<Answer>(NativeLibrary.GetExport(library, "answer"))());
        NativeLibrary.Free(library);
        Assert.Equal(2, _told.Count);

        Assert.Equal(first, Build(Code));
        Assert.Equal(2, _told.Count); // nothing to tell: nothing was built

        Assert.NotEqual(first, Build(Code + " // changed"));
    }

    [Fact]
    public void WithoutACompilerAnEarlierBuildServes()
    {
        UseRealCompiler();
        string built = Build("int one() { return 1; }");
        _machine["PATH"] = "";
        Assert.Equal(built, Build("int one() { return 1; }"));
    }

    [Fact]
    public void ManyAtOnceBuildOnce()
    {
        UseRealCompiler();
        _machine.Write("native/bridge.cpp", "int one() { return 1; }");
        LibTorch libtorch = Fake();
        int builds = 0;
        Parallel.For(0, 4, _ => BridgeBuilder.EnsureBuilt(libtorch, Path.Combine(_machine.Root, "native"), _machine.View, message =>
        {
            if (message.StartsWith("Building", StringComparison.Ordinal))
                Interlocked.Increment(ref builds);
        }));
        Assert.Equal(1, builds);
    }

    [Fact]
    public void AnUnwritableCacheIsNamed()
    {
        UseRealCompiler();
        string file = _machine.Write("home/user/cache", "a file where a folder should be");
        _machine["XDG_CACHE_HOME"] = file;
        Assert.Contains("XDG_CACHE_HOME", Assert.Throws<TorchSetupException>(() => Build("")).Message);
    }

    [Theory]
    [InlineData("1.13.0", true, "-std=c++17", "-D_GLIBCXX_USE_CXX11_ABI=1")]
    [InlineData("2.1.0", false, "-std=c++17", "-D_GLIBCXX_USE_CXX11_ABI=0")]
    [InlineData("2.9.1", true, "-std=c++20", "-D_GLIBCXX_USE_CXX11_ABI=1")]
    public void StandardAndStringAbiFollowTheLibrary(string version, bool cxx11Abi, string standard, string abi)
    {
        IReadOnlyList<string> arguments =
            new BridgeCommand(Fake() with { Version = Version.Parse(version), UsesCxx11Abi = cxx11Abi }).Compile("a.cpp", "a.o");
        Assert.Contains(standard, arguments);
        Assert.Contains(abi, arguments);
    }

    [Fact]
    public void TheCompilersOwnHeaderFolderKeepsItsPlace()
    {
        LibTorch libtorch = Fake() with { IncludeDirectories = ["/usr/include", "/usr/include/torch/csrc/api/include"] };
        IReadOnlyList<string> arguments = new BridgeCommand(libtorch).Compile("a.cpp", "a.o");
        Assert.DoesNotContain("/usr/include", arguments);
        Assert.Contains("/usr/include/torch/csrc/api/include", arguments);
    }

    [Fact]
    public void ProcessGroupsNeedTheirHeaderAndTheStandInsBesideTheSources()
    {
        Assert.DoesNotContain("-DFOVEA_GLOO", new BridgeCommand(Fake()).Compile("folder/a.cpp", "a.o"));
        _machine.Write(GroupsHeader, "");
        IReadOnlyList<string> arguments = new BridgeCommand(Fake()).Compile("folder/a.cpp", "a.o");
        Assert.Contains("-DFOVEA_GLOO", arguments);
        Assert.Equal("folder/stand-ins", arguments[arguments.ToList().IndexOf("-isystem") + 1]);    // the first folder
        Assert.DoesNotContain("-DFOVEA_GLOO", new BridgeCommand(Fake(), withGroups: false).Compile("folder/a.cpp", "a.o"));
    }

    [Fact]
    public void ALibTorchThatHasOnlyTheHeadersOfProcessGroupsServesOneProcess()
    {
        UseRealCompiler();
        _machine.Write(GroupsHeader, "namespace c10d { int group(); }");
        _machine.Write("native/stand-ins/gloo/context.h", "");
        string built = Build("""
            #if defined(FOVEA_GLOO)
            #include <gloo/context.h>
            #include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
            int group() { return c10d::group(); }
            #endif
            """);
        Assert.True(File.Exists(built));
        Assert.Contains("Without process groups, which this libtorch does not have", _told[1]);
        Assert.Contains("c10d::group()", _told[1]);
    }

    public void Dispose() => _machine.Dispose();

    private string Build(string code)
    {
        _machine.Write("native/bridge.cpp", code);
        return BridgeBuilder.EnsureBuilt(Fake(), Path.Combine(_machine.Root, "native"), _machine.View, _told.Add);
    }

    // Two empty shared objects stand for libtorch, so that the linker finds them.
    private LibTorch Fake()
    {
        string root = _machine.WriteLibTorch("opt/libtorch", "2.0.0");
        string lib = Path.Combine(root, "lib");
        foreach (string library in new[] { "libtorch_cpu.so", "libc10.so" })
        {
            string kept = Path.Combine(_machine.Root, library); // the same file each time: the cache's key covers its date
            if (!File.Exists(kept) && CxxCompiler.Find(_machine.View) is { } compiler)
                compiler.RunAsync(["-shared", "-o", kept, "-x", "c++", "/dev/null"], CancellationToken.None).GetAwaiter().GetResult();
            if (!File.Exists(kept))
                continue;
            File.Copy(kept, Path.Combine(lib, library), overwrite: true);
            File.SetLastWriteTimeUtc(Path.Combine(lib, library), File.GetLastWriteTimeUtc(kept));
        }
        return LibTorchFolder.Inspect(root, LibTorchOrigin.Archive)!;
    }

    private void UseRealCompiler() => _machine["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "";

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Answer();
}
