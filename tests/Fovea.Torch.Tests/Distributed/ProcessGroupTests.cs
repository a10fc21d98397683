using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fovea.Torch.Distributed;

namespace Fovea.Torch.Tests.Distributed;

public class ProcessGroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void TwoProcessesAddUp()
    {
        using Process second = Start(1, GroupMember.Sum, out int port), first = Start(0, GroupMember.Sum, port);
        Assert.Equal((0, "3 6 9"), End(first));
        Assert.Equal((0, "3 6 9"), End(second));
    }

    [Fact]
    public void AVanishedProcessEndsTheOtherWithAMessage()
    {
        using Process second = Start(1, GroupMember.Vanish, out int port), first = Start(0, GroupMember.Vanish, port);
        (int status, string said) = End(first);
        Assert.Equal(1, status);
        Assert.Contains("Process 0 of 2 lost the others while waiting", said);
    }

    [Fact]
    public void AStalledMemberEndsTheOtherAfterTheTimeout()
    {
        using var seen = new ManualResetEventSlim();
        Together(2, group =>
        {
            if (group.Rank == 1)
            {
                Assert.True(seen.Wait(Patience));
                return;
            }
            Assert.Contains("did not come within 2 s", Assert.Throws<TorchException>(group.Barrier).Message);
            seen.Set();
        }, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void EveryMemberGetsTheSumOfAStridedTensorAndTheRootsTensor() => Together(3, group =>
    {
        using var scope = new TensorScope();
        Tensor columns = Tensor.From([1.0, 2, 3, 4], 2, 2).Transpose(0, 1);
        columns.MultiplyInPlace(Math.Pow(10, group.Rank));
        group.AllReduce(columns);
        Assert.Equal([111.0, 333, 222, 444], columns.Contiguous().ToArray<double>());

        Tensor numbers = Tensor.From([(long)group.Rank, 7], 2);
        group.Broadcast(numbers, 2);
        Assert.Equal([2L, 7], numbers.ToArray<long>());
        group.Barrier();
        Assert.Throws<ArgumentOutOfRangeException>(() => group.Broadcast(numbers, 3));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WithoutCudaDevicesEverythingTravelsAsBefore(int size) => Together(size, group =>
    {
        Assert.False(group.UseDevice(Device.Cpu, out string obstacle));
        Assert.Equal("cpu is no GPU", obstacle);
        using var scope = new TensorScope();
        Tensor numbers = Tensor.From([1.0 + group.Rank, 3], 2);
        group.AllReduce(numbers);
        Assert.Equal(size == 1 ? [1.0, 3] : [3.0, 6], numbers.ToArray<double>());
        group.Broadcast(numbers, size - 1);
        group.Barrier();
    });

    [Fact]
    public void NumbersWordsAndStatesReachEveryMember() => Together(3, group =>
    {
        Assert.Equal([3.0, 0.75], group.Sum(group.Rank, 0.25));
        Assert.Equal([double.NaN], group.Sum(group.Rank == 1 ? double.NaN : 1));
        Assert.Equal("zwölf", group.Broadcast(group.Rank == 2 ? "zwölf" : "another", 2));
        Assert.Equal("", group.Broadcast("", 0));
        using var scope = new TensorScope();
        Tensor all = group.Gather(Tensor.From([(byte)group.Rank, (byte)255], 2));
        Assert.Equal([3, 2], all.Shape);
        Assert.Equal(new byte[] { 0, 255, 1, 255, 2, 255 }, all.ToArray<byte>());
    });

    [Fact]
    public void OthersWaitForTheRootLongerThanTheTimeout() => Together(2, group =>
    {
        var watch = Stopwatch.StartNew();
        bool called = false;
        group.RunOnRoot(() =>
        {
            called = true;
            Thread.Sleep(2 * group.Timeout);
        });
        Assert.Equal(group.Rank == 0, called);
        Assert.True(watch.Elapsed > group.Timeout * 1.5, $"went on after {watch.Elapsed}");
    }, TimeSpan.FromSeconds(2));

    [Fact]
    public void FailureAndCancellationOfTheRootReachEveryMember() => Together(2, group =>
    {
        Assert.Throws<OperationCanceledException>(() => group.RunOnRoot(() => throw new OperationCanceledException()));
        Exception? error = Record.Exception(() => group.RunOnRoot(() => throw new InvalidOperationException("broken")));
        if (group.Rank == 0) Assert.IsType<InvalidOperationException>(error);
        else Assert.Contains("Process 0 failed", Assert.IsType<TorchException>(error).Message);
    });

    [Fact]
    public void AMemberThatFindsNobodyGivesUp()
    {
        var options = new ProcessGroupOptions
        {
            Rank = 1, Size = 2, Host = "127.0.0.1", Port = FreePort(), Timeout = TimeSpan.FromSeconds(1),
        };
        Assert.Contains("Process 1 of 2 could not meet the others", Assert.Throws<TorchException>(() => new ProcessGroup(options)).Message);
    }

    [Fact]
    public void AClosedGroupIsRefused() => Together(2, group =>
    {
        group.Dispose();
        Assert.Throws<ObjectDisposedException>(group.Barrier);
    });

    // The members of a group as threads of this process.
    private static void Together(int size, Action<ProcessGroup> member, TimeSpan? timeout = null)
    {
        int port = FreePort();
        Task[] members = [.. Enumerable.Range(0, size).Select(rank => Task.Factory.StartNew(() =>
        {
            using var group = new ProcessGroup(new ProcessGroupOptions
            {
                Rank = rank, Size = size, Host = "127.0.0.1", Port = port, ServesStore = rank == 0, Timeout = timeout ?? Patience,
            });
            member(group);
        }, TaskCreationOptions.LongRunning))];
        Assert.True(Task.WaitAll(members, Patience), "the members hang");
    }

    private static Process Start(int rank, string what, out int port) => Start(rank, what, port = FreePort());

    private static Process Start(int rank, string what, int port)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(GroupMember).Assembly.Location, what])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["RANK"] = rank.ToString();
        start.Environment["WORLD_SIZE"] = "2";
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        start.Environment["MASTER_PORT"] = port.ToString();
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };     // FailFast writes a lot
        process.BeginErrorReadLine();
        return process;
    }

    private static (int Status, string Said) End(Process process)
    {
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        bool ended = process.WaitForExit(Patience);
        if (!ended) process.Kill();
        Assert.True(ended, "a process hangs");
        string[] lines = said.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (process.ExitCode, lines.LastOrDefault() ?? "");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
