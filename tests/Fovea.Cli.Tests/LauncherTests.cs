using System.Diagnostics;

namespace Fovea.Cli.Tests;

public sealed class LauncherTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachProcessIsToldItsPlace()
    {
        Assert.Equal(0, Start(3,
            "echo $RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $MASTER_PORT $FOVEA_LAUNCHED > $1/$RANK"));
        string[] places = [.. Enumerable.Range(0, 3).Select(rank => File.ReadAllText(_folder[$"{rank}"]).Trim())];
        string port = places[0].Split(' ')[5];
        Assert.InRange(int.Parse(port), 1, 65535);
        Assert.Equal([.. Enumerable.Range(0, 3).Select(rank => $"{rank} {rank} 3 3 127.0.0.1 {port} 1")], places);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void WhereOneFailsTheOthersMayEndThemselves()
    {
        Assert.Equal(2, Start(2, "if [ $RANK = 0 ]; then sleep 0.2; touch $1/ended; exit 1; else exit 2; fi"));     // that of the first
        Assert.True(File.Exists(_folder["ended"]));
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void WhereOneFailsAnotherThatHangsIsKilled()
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(1, Start(3, "if [ $RANK = 1 ]; then kill -9 $$; else exec sleep 100; fi", TimeSpan.FromSeconds(0.3)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        Assert.Contains("process 1 of 3 was ended by signal 9", _error.ToString());
        Assert.Contains("process 0, 2 did not end within 0.3 s", _error.ToString());
    }

    [Fact]
    public async Task WhenAskedToStopAllAreToldAndWaitedFor()
    {
        using var asked = new CancellationTokenSource();
        Task<int> run = Task.Factory.StartNew(
            () => Start(2, "touch $1/ready$RANK; cat; sleep 0.$RANK; touch $1/ended$RANK; exit 1", TimeSpan.Zero, asked.Token),
            TaskCreationOptions.LongRunning);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(_folder["ready0"]) && File.Exists(_folder["ready1"]), TimeSpan.FromSeconds(20)));
        Assert.False(run.IsCompleted);
        await asked.CancelAsync();
        Assert.Equal(1, await run);
        Assert.True(File.Exists(_folder["ended0"]) && File.Exists(_folder["ended1"]), _error.ToString());
    }

    [Fact]
    public void AProcessStopsWhenItsLauncherIsGone()
    {
        using var interruption = new Interruption(TextWriter.Null, new MemoryStream([1, 2]));
        Assert.True(interruption.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)));
    }

    private int Start(int processes, string script, TimeSpan? patience = null, CancellationToken cancellation = default) =>
        new Launcher(processes, _error, patience).Run("/bin/sh", ["-c", script, "sh", _folder["."]], cancellation);
}
