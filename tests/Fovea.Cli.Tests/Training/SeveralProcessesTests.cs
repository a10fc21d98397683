using System.Net;
using System.Net.Sockets;
using Fovea.Training;

namespace Fovea.Cli.Tests.Training;

/// <summary>Two processes of the real program train one model: stopped and killed in every way, they end with the files of a run that
/// was left alone.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    private const int LinesOfRun = 2 * 3 + 2;   // three batches and a validation an epoch

    private readonly WorkFolder _folder = new();

    public SeveralProcessesTests() => ProgramRun.MakeData(_folder["data"], trainingPictures: 12);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_loses_a_process_is_told_so_and_goes_on_exactly()
    {
        RunFolder whole = new(_folder["whole"]), parts = new(_folder["parts"]);
        using (var pair = new Pair(Options(whole)))
        {
            (int Status, string Errors)[] ends = pair.Wait();
            Assert.All(ends, end => Assert.True(end.Status == 0, end.Errors));
            Assert.Contains("2 processes learn from 2 x 2 pictures at a time", ends[0].Errors);
            Assert.Contains("Done.", ends[0].Errors);
            Assert.Empty(ends[1].Errors);
        }

        Kill(1, Options(parts), parts, lines: 2);
        Kill(0, Resume(parts), parts, lines: 5);
        using (var pair = new Pair(Resume(parts)))
            Assert.All(pair.Wait(), end => Assert.True(end.Status == 0, end.Errors));
        AssertSame(whole, parts);
    }

    [Fact]
    public void A_signal_to_any_process_stops_both_with_a_checkpoint()
    {
        RunFolder whole = new(_folder["whole"]), parts = new(_folder["parts"]);
        using (var pair = new Pair(Options(whole))) pair.Wait();
        using (var pair = new Pair([.. Options(parts), "--checkpoint-every", "0"]))
        {
            WaitForLines(pair, parts, 1);
            pair[1].Interrupt();
            (int Status, string Errors)[] ends = pair.Wait();
            Assert.Equal([1, 1], ends.Select(end => end.Status));
            Assert.Contains($"fovea train --resume {parts.Path} (in 2 processes again)", ends[0].Errors);
            Assert.True(RunFolder.HoldsCheckpoint(parts.Path));
        }

        using (var alone = new ProgramRun(Resume(parts)))
        {
            (int status, string errors) = alone.Wait();
            Assert.Equal(1, status);
            Assert.Contains("the run's processes were 2", errors);
        }
        using (var pair = new Pair(Resume(parts)))
            Assert.All(pair.Wait(), end => Assert.True(end.Status == 0, end.Errors));
        Assert.Equal(File.ReadAllText(whole.MetricsPath), File.ReadAllText(parts.MetricsPath));
        Assert.True(File.ReadAllBytes(whole.LastPath).AsSpan().SequenceEqual(File.ReadAllBytes(parts.LastPath)), "last.safetensors differs");
    }

    [Theory]
    [InlineData("RANK is not set", "WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=1")]
    [InlineData("--device cuda:1", "WORLD_SIZE=2 RANK=0 MASTER_ADDR=127.0.0.1 MASTER_PORT=1", "--device", "cuda:1")]
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
        WaitForLines(pair, run, lines);
        pair[rank].Kill();
        (int Status, string Errors)[] ends = pair.Wait();
        Assert.Equal(128 + 9, ends[rank].Status);
        Assert.Equal(1, ends[1 - rank].Status);
        Assert.Contains($"Process {1 - rank} of 2 lost the others", ends[1 - rank].Errors);
        Assert.DoesNotContain("   at ", ends[1 - rank].Errors);
    }

    private static void WaitForLines(Pair pair, RunFolder run, int lines)
    {
        while (Lines(run) < lines && !pair[0].HasExited) Thread.Sleep(2);
        Assert.InRange(Lines(run), lines, LinesOfRun - 1);
    }

    private static int Lines(RunFolder run) => File.Exists(run.MetricsPath) ? File.ReadLines(run.MetricsPath).Count() : 0;

    private static void AssertSame(RunFolder whole, RunFolder parts)
    {
        Assert.Equal(LinesOfRun, Lines(parts));
        Assert.Equal(File.ReadAllText(whole.MetricsPath), File.ReadAllText(parts.MetricsPath));
        foreach ((string a, string b) in (IEnumerable<(string, string)>)[(whole.LastPath, parts.LastPath), (whole.BestPath, parts.BestPath)])
            Assert.True(File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)), $"{Path.GetFileName(a)} differs");
    }

    private string[] Options(RunFolder output) =>
    [
        "train", "--model", "fasterrcnn_resnet18_fpn", "--data", _folder["data"], "--output", output.Path, "--size", "64x64",
        "--anchors", "8,16,24,32,64", "--pyramid-channels", "8", "--head-width", "16", "--regions", "32", "--epochs", "2", "--batch", "2",
        "--ema", "0.9", "--clip", "1", "--warm-up", "2", "--color-jitter", "0.2", "--checkpoint-every", "1", "--threads", "1", "--workers", "1",
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
