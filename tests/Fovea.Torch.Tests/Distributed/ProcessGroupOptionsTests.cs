using Fovea.Torch.Distributed;

namespace Fovea.Torch.Tests.Distributed;

public class ProcessGroupOptionsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("RANK=0")]
    [InlineData("WORLD_SIZE=")]
    [InlineData("WORLD_SIZE=1")]
    [InlineData("WORLD_SIZE=1 RANK=0 MASTER_PORT=1")]
    public void OneProcessIsNoGroup(string variables) => Assert.Null(Read(variables));

    [Fact]
    public void OneProcessThatALauncherStartedIsAGroup()
    {
        ProcessGroupOptions options = Read("WORLD_SIZE=1 RANK=0 MASTER_ADDR=localhost MASTER_PORT=29500")!;
        Assert.Equal((0, 1, true, 1), (options.Rank, options.Size, options.ServesStore, options.LocalSize));
    }

    [Fact]
    public void AllFourVariablesMakeAGroup()
    {
        ProcessGroupOptions options = Read("WORLD_SIZE=4 RANK=0 MASTER_ADDR=node1 MASTER_PORT=29500")!;
        Assert.Equal((0, 4, "node1", 29500, true), (options.Rank, options.Size, options.Host, options.Port, options.ServesStore));
        Assert.False(Read("WORLD_SIZE=4 RANK=3 MASTER_ADDR=node1 MASTER_PORT=29500")!.ServesStore);
    }

    [Fact]
    public void TheStoreOfTheLauncherIsUsed()
    {
        ProcessGroupOptions options = Read("WORLD_SIZE=2 RANK=0 MASTER_ADDR=a MASTER_PORT=1 TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RESTART_COUNT=3")!;
        Assert.False(options.ServesStore);
        Assert.Equal("fovea/3", options.Prefix);
    }

    [Theory]
    [InlineData("MASTER_ADDR=node1 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2", 1, 2)]
    [InlineData("MASTER_ADDR=node1", null, null)]
    [InlineData("MASTER_ADDR=127.0.0.1", null, 4)]      // all are on this machine
    [InlineData("MASTER_ADDR=localhost LOCAL_RANK=", null, 4)]
    public void ThePlaceOnTheMachineIsKnownWhereItIsTold(string variables, int? rank, int? size)
    {
        ProcessGroupOptions options = Read("WORLD_SIZE=4 RANK=3 MASTER_PORT=1 " + variables)!;
        Assert.Equal((rank, size), (options.LocalRank, options.LocalSize));
    }

    [Theory]
    [InlineData("WORLD_SIZE=2 RANK=1 MASTER_ADDR=a MASTER_PORT=1 LOCAL_RANK=x", "LOCAL_RANK is 'x', but must be a whole number from 0 to 1.")]
    [InlineData("WORLD_SIZE=2 RANK=1 MASTER_ADDR=a MASTER_PORT=1 LOCAL_WORLD_SIZE=3", "LOCAL_WORLD_SIZE is '3'")]
    [InlineData("WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is not set")]
    [InlineData("WORLD_SIZE=2 RANK=1 MASTER_PORT=1", "MASTER_ADDR is not set")]
    [InlineData("WORLD_SIZE=2 RANK=1 MASTER_ADDR=a", "MASTER_PORT is not set")]
    [InlineData("WORLD_SIZE=2 RANK=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is '2', but must be a whole number from 0 to 1.")]
    [InlineData("WORLD_SIZE=two RANK=1 MASTER_ADDR=a MASTER_PORT=1", "WORLD_SIZE is 'two', but must be a whole number from 1.")]
    [InlineData("WORLD_SIZE=0 RANK=0 MASTER_ADDR=a MASTER_PORT=1", "WORLD_SIZE is '0'")]
    [InlineData("WORLD_SIZE=2 RANK=1 MASTER_ADDR=a MASTER_PORT=70000", "MASTER_PORT is '70000'")]
    public void WhatIsMissingOrWrongIsNamed(string variables, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Read(variables)).Message);

    private static ProcessGroupOptions? Read(string variables)
    {
        Dictionary<string, string> values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('=')).ToDictionary(entry => entry[0], entry => entry[1]);
        return ProcessGroupOptions.FromEnvironment(name => values.GetValueOrDefault(name));
    }
}
