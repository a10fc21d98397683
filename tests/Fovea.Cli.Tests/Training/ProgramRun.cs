using System.Diagnostics;
using System.Runtime.InteropServices;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Training;

/// <summary>The real program in a process of its own, which can be stopped in the hard way.</summary>
internal sealed class ProgramRun : IDisposable
{
    private const int SigInt = 2, SigKill = 9;

    private readonly Process _process;
    private readonly Task<string> _output, _errors;

    public ProgramRun(params string[] arguments) : this([], arguments)
    {
    }

    /// <summary>A process with variables of its own.</summary>
    public ProgramRun((string Name, string Value)[] variables, string[] arguments)
    {
        string program = typeof(Verb).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet",
            ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    public void Kill() => kill(_process.Id, SigKill);

    public void Interrupt() => kill(_process.Id, SigInt);

    /// <summary>Waits for the end.</summary>
    public (int Status, string Errors) Wait()
    {
        if (!_process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            Kill();
            throw new TimeoutException($"The program did not end: {_errors.Result}");
        }
        _process.WaitForExit();
        return (_process.ExitCode, _errors.Result + _output.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    /// <summary>A PASCAL VOC folder with training pictures and two to measure on: a bright rectangle each.</summary>
    public static void MakeData(string folder, int trainingPictures = 6)
    {
        foreach (string part in (string[])["Annotations", "JPEGImages", "ImageSets/Main"]) Directory.CreateDirectory(Path.Combine(folder, part));
        for (int i = 0; i < trainingPictures + 2; i++)
        {
            int x1 = 4 + 3 * (i % 8), y1 = 30 - 3 * (i % 8), x2 = x1 + 24, y2 = y1 + 20;
            var pixels = new byte[64 * 64 * 3];
            for (int y = y1; y < y2; y++) pixels.AsSpan((y * 64 + x1) * 3, (x2 - x1) * 3).Fill(220);
            new Image(new ImageSize(64, 64), pixels).SavePng(Path.Combine(folder, "JPEGImages", $"p{i}.png"));
            File.WriteAllText(Path.Combine(folder, "Annotations", $"p{i}.xml"),
                $"<annotation><filename>p{i}.png</filename><size><width>64</width><height>64</height><depth>3</depth></size><object><name>patch</name>" +
                $"<bndbox><xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object></annotation>");
        }
        File.WriteAllLines(Path.Combine(folder, "ImageSets/Main/train.txt"), Enumerable.Range(0, trainingPictures).Select(i => $"p{i}"));
        File.WriteAllLines(Path.Combine(folder, "ImageSets/Main/val.txt"), [$"p{trainingPictures}", $"p{trainingPictures + 1}"]);
    }

    [DllImport("libc")]
    private static extern int kill(int process, int signal);
}
