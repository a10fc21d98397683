using Fovea.Training;

namespace Fovea.Cli.Tests.Training;

/// <summary>A training process that is killed and resumed ends with the same files as one that is left alone.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int Epochs = 3, LinesOfRun = 3 * 3 + 3;   // three batches and a validation an epoch

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-killed-").FullName;

    public KilledRunTests() => ProgramRun.MakeData(Path.Combine(_folder, "data"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ProgramRun Start(string output) => new("train", "--model", "fasterrcnn_resnet18_fpn", "--data", Path.Combine(_folder, "data"), "--output", output,
        "--size", "64x64", "--anchors", "8,16,24,32,64", "--pyramid-channels", "8", "--head-width", "16", "--regions", "32", "--epochs", $"{Epochs}", "--batch", "2",
        "--accumulate", "2", "--ema", "0.9", "--warm-up", "2", "--lr", "0.01", "--color-jitter", "0.2", "--scale-jitter", "0.8,1.2", "--checkpoint-every", "1",
        "--threads", "1", "--workers", "1");

    private static ProgramRun Resume(string output) => new("train", "--resume", output, "--threads", "1", "--workers", "2");

    private static int Lines(RunFolder run) => File.Exists(run.MetricsPath) ? File.ReadLines(run.MetricsPath).Count() : 0;

    // Waits until the run has written so many lines and then a little, so that the moment lies anywhere within a step.
    private static void WaitForLines(ProgramRun process, RunFolder run, int lines, int milliseconds)
    {
        while (Lines(run) < lines && !process.HasExited) Thread.Sleep(2);
        Thread.Sleep(milliseconds);
    }

    private static void AssertSame(RunFolder whole, RunFolder parts)
    {
        Assert.Equal(File.ReadAllText(whole.MetricsPath), File.ReadAllText(parts.MetricsPath));
        Assert.Equal(LinesOfRun, Lines(parts));
        foreach ((string a, string b) in (IEnumerable<(string, string)>)[(whole.LastPath, parts.LastPath), (whole.BestPath, parts.BestPath)])
            Assert.True(File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b)), $"{Path.GetFileName(a)} differs");
    }

    [Fact]
    public void A_run_killed_at_three_moments_and_one_interrupted_end_with_the_bits_of_one_left_alone()
    {
        RunFolder whole = new(Path.Combine(_folder, "whole")), killed = new(Path.Combine(_folder, "killed")), interrupted = new(Path.Combine(_folder, "interrupted"));
        using (ProgramRun process = Start(whole.Path))
        {
            (int status, string errors) = process.Wait();
            Assert.True(status == 0, errors);
        }

        var random = new Random(20);
        int lines = 0;
        for (int kills = 0; kills < 3; kills++)
        {
            using ProgramRun process = File.Exists(killed.ConfigPath) ? Resume(killed.Path) : Start(killed.Path);
            lines += random.Next(1, 4);
            WaitForLines(process, killed, lines, random.Next(200));
            Assert.False(process.HasExited, "it was over before it could be killed");
            process.Kill();
            Assert.Equal(128 + 9, process.Wait().Status);
        }
        using (ProgramRun process = Resume(killed.Path)) Assert.Equal(0, process.Wait().Status);
        AssertSame(whole, killed);

        using (ProgramRun process = Start(interrupted.Path))
        {
            WaitForLines(process, interrupted, random.Next(2, 8), random.Next(100));
            process.Interrupt();
            (int status, string errors) = process.Wait();
            Assert.Equal(1, status);
            Assert.Contains($"fovea train --resume {interrupted.Path}", errors);
        }
        using (ProgramRun process = Resume(interrupted.Path)) Assert.Equal(0, process.Wait().Status);
        AssertSame(whole, interrupted);

        File.WriteAllBytes(killed.LastPath, File.ReadAllBytes(killed.LastPath)[..10_000]);
        using (ProgramRun process = Resume(killed.Path))
        {
            (int status, string errors) = process.Wait();
            Assert.Equal(1, status);
            Assert.Contains("last.safetensors", errors);
            Assert.DoesNotContain("   at ", errors);                         // a line, not a stack
        }
    }
}
