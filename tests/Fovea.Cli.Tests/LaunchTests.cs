using Fovea.Torch;
using Fovea.Torch.Distributed;

namespace Fovea.Cli.Tests;

public class LaunchTests
{
    private static ProcessGroupOptions Place(int? localRank = null, int? localSize = null) =>
        new() { Rank = 5, Size = 8, Host = "node1", Port = 1, LocalRank = localRank, LocalSize = localSize };

    [Theory]
    [InlineData(null, 16, null)]
    [InlineData(2, 16, 8)]
    [InlineData(3, 16, 5)]
    [InlineData(8, 4, 1)]
    public void TheProcessorsAreSharedOut(int? processes, int processors, int? threads)
    {
        Assert.Equal(threads, Launch.Threads(Place(localSize: processes), processors));
        Assert.Null(Launch.Threads(null, processors));
    }

    [Theory]
    [InlineData("cpu", 3, 4, "cpu")]
    [InlineData("cuda", 3, 4, "cuda:3")]
    [InlineData("cuda", 0, 4, "cuda:0")]
    [InlineData("cuda", 3, 1, "cuda:0")]       // the launcher shows each process its own
    [InlineData("cuda", null, 1, "cuda:0")]
    public void EachProcessHasADeviceOfItsOwn(string wanted, int? localRank, int devices, string own) =>
        Assert.Equal(own, Launch.DeviceOf(Device.Parse(wanted), Place(localRank), devices, seesAll: false).ToString());

    [Fact]
    public void AProcessAloneTakesWhatItIsTold() => Assert.Equal(Device.Cuda(2), Launch.DeviceOf(Device.Cuda(2), null, 4, seesAll: true));

    [Theory]
    [InlineData("cuda:2", 2, 4, "give --device cuda")]
    [InlineData("cuda", null, 4, "LOCAL_RANK is not set, so process 5 cannot tell which of the 4 CUDA devices is its own")]
    [InlineData("cuda", 4, 4, "LOCAL_RANK is 4, but there are 4 CUDA devices")]
    public void WhatCannotBeIsTold(string wanted, int? localRank, int devices, string message) => Assert.Contains(message,
        Assert.Throws<UsageException>(() => Launch.DeviceOf(Device.Parse(wanted), Place(localRank), devices, seesAll: false)).Message);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 2)]
    public void MoreProcessesThanDevicesAreRefusedByEach(int localRank, int devices) =>
        Assert.Contains($"The 4 processes on this machine need a CUDA device each, but there are {devices}.",
            Assert.Throws<UsageException>(() => Launch.DeviceOf(Device.Cuda(), Place(localRank, 4), devices, seesAll: true)).Message);
}
