using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

/// <summary>A machine made of a temporary folder and a dictionary of variables.</summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly Dictionary<string, string> _variables = [];

    public FakeMachine()
    {
        Root = Directory.CreateTempSubdirectory("fovea-machine-").FullName;
        View = new MachineView(Root, name => _variables.GetValueOrDefault(name));
        this["HOME"] = Folder("home/user");
        this["PATH"] = Folder("usr/bin");
    }

    public string Root { get; }

    public MachineView View { get; }

    public string this[string variable]
    {
        set => _variables[variable] = value;
    }

    public string Folder(string path) => Directory.CreateDirectory(Path.Combine(Root, path)).FullName;

    public string Write(string path, string content)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }

    /// <summary>A shell script that can be started.</summary>
    public string WriteProgram(string path, string script)
    {
        string file = Write(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    /// <summary>What the search needs to see of a libtorch.</summary>
    public string WriteLibTorch(string root, string version, string lib = "lib", bool oldAbi = false)
    {
        string[] numbers = version.Split('.');
        Write($"{root}/include/torch/csrc/api/include/torch/torch.h", "");
        Write(
            $"{root}/include/torch/csrc/api/include/torch/version.h",
            $"#define TORCH_VERSION_MAJOR {numbers[0]}\n#define TORCH_VERSION_MINOR {numbers[1]}\n#define TORCH_VERSION_PATCH {numbers[2]}\n");
        WriteLibraries(root, lib, oldAbi);
        return Path.Combine(Root, root);
    }

    public void WriteLibraries(string root, string lib, bool oldAbi = false)
    {
        Write($"{root}/{lib}/libtorch_cpu.so", "");
        Write($"{root}/{lib}/libc10.so", oldAbi
            ? "\0_ZN3c105ErrorC1ENS_14SourceLocationESs\0"
            : "\0_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE\0");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
