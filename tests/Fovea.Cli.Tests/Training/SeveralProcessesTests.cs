using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fovea.Training;

namespace Fovea.Cli.Tests.Training;

/// <summary>Two processes of the real program train one model: stopped and killed in every way, they end with the files of a run that
/// was left alone.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    private const int LinesOfRun = 3 * (3 + 1);   // three batches and a validation an epoch

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);      // the processes would wait ten minutes for a silent one

    private readonly WorkFolder _folder = new();

    public SeveralProcessesTests() => ProgramRun.MakeData(_folder["data"], trainingPictures: 12);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_is_stopped_and_killed_in_every_way_ends_as_one_that_was_left_alone()
    {
        RunFolder whole = new(_folder["whole"]), parts = new(_folder["parts"]);
        using (var run = new ProgramRun([.. Options(whole), "--processes", "2"]))
        {
            (int status, string errors) = run.Wait();
            Assert.True(status == 0, errors);
            Assert.Contains("2 processes learn from 2 x 2 pictures at a time", errors);
            Assert.Equal(1, errors.Split("Done.").Length - 1);      // process 1 says nothing
            Assert.Contains("processes: 2", File.ReadAllText(whole.ConfigPath));
        }

        Kill(1, Options(parts), parts, lines: 2);
        using (var launcher = new ProgramRun(Resume(parts)))        // starts as many as the run has
        {
            WaitForLines(launcher, parts, 5);
            launcher.Interrupt();
            (int status, string errors) = launcher.Wait();
            Assert.Equal(1, status);
            Assert.Contains($"Stopped. Go on with: fovea train --resume {parts.Path}\n", errors);
        }
        using (var run = new ProgramRun(Resume(parts)))
        {
            (int status, string errors) = run.Wait();
            Assert.True(status == 0, errors);
        }
        AssertSame(whole, parts);
    }

    [Theory]
    [InlineData("RANK is not set", "WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=1")]
    [InlineData("--processes 3 starts processes, but one of 2 is what this one already is",
        "WORLD_SIZE=2 RANK=0 MASTER_ADDR=127.0.0.1 MASTER_PORT=1", "--processes", "3")]
    public void What_a_launcher_or_a_user_got_wrong_is_told_at_once(string complaint, string variables, params string[] options)
    {
        using var process = new ProgramRun([.. variables.Split(' ').Select(v => v.Split('=')).Select(v => (v[0], v[1]))],
            [.. Options(new RunFolder(_folder["run"])), .. options]);
        (int status, string errors) = process.Wait();
        Assert.Equal(2, status);
        Assert.Contains(complaint, errors);
    }

    // Kills one of two processes when the run has written so many lines; the other tells it and ends by itself.
    private static void Kill(int rank, string[] arguments, RunFolder run, int lines)
    {
        using var pair = new Pair(arguments);
        WaitForLines(pair[0], run, lines);
        pair[rank].Kill();
        var watch = Stopwatch.StartNew();
        (int Status, string Errors)[] ends = pair.Wait();
        Assert.Equal(128 + 9, ends[rank].Status);
        Assert.True(watch.Elapsed < Bound, $"{watch.Elapsed}");
        Assert.Equal(1, ends[1 - rank].Status);
        Assert.Contains($"Process {1 - rank} of 2 lost the others", ends[1 - rank].Errors);
        Assert.DoesNotContain("   at ", ends[1 - rank].Errors);
    }

    private static void WaitForLines(ProgramRun process, RunFolder run, int lines)
    {
        while (Lines(run) < lines && !process.HasExited) Thread.Sleep(2);
        Assert.InRange(Lines(run), lines, LinesOfRun - 1);
    }

    private static int Lines(RunFolder run) => File.Exists(run.MetricsPath) ? File.ReadLines(run.MetricsPath).Count() : 0;

    private static void AssertSame(RunFolder whole, RunFolder parts)
    {
        Assert.Equal(LinesOfRun, Lines(parts));
        Assert.Equal(File.ReadAllText(whole.MetricsPath), File.ReadAllText(parts.MetricsPath));
        (string, string)[] files = [(whole.LastPath, parts.LastPath), (whole.BestPath, parts.BestPath)];
        foreach ((string a, string b) in files)
            Assert.True(File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)), $"{Path.GetFileName(a)} differs");
    }

    private string[] Options(RunFolder output) =>
    [
        "train", "--model", "fasterrcnn_resnet18_fpn", "--data", _folder["data"], "--output", output.Path, "--size", "64x64",
        "--anchors", "8,16,24,32,64", "--pyramid-channels", "8", "--head-width", "16", "--regions", "32", "--epochs", "3", "--batch", "2",
        "--ema", "0.9", "--clip", "1", "--warm-up", "2", "--color-jitter", "0.2", "--checkpoint-every", "1",
        "--threads", "1", "--workers", "1",
    ];

    private static string[] Resume(RunFolder output) => ["train", "--resume", output.Path, "--threads", "1", "--workers", "2"];

    /// <summary>Processes 0 and 1, as a launcher starts them.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly ProgramRun[] _processes;

        public Pair(string[] arguments)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            string port = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
            listener.Stop();
            _processes = [.. Enumerable.Range(0, 2).Select(rank => new ProgramRun(
                [("RANK", $"{rank}"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", port)], arguments))];
        }

        public ProgramRun this[int rank] => _processes[rank];

        public (int Status, string Errors)[] Wait() => [.. _processes.Select(process => process.Wait())];

        public void Dispose()
        {
            foreach (ProgramRun process in _processes) process.Dispose();
        }
    }
}
