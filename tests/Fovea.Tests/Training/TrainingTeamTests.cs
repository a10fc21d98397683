using Fovea.Torch;
using Fovea.Training;

namespace Fovea.Tests.Training;

public class TrainingTeamTests
{
    private static readonly Dictionary<string, double> Losses = new() { ["a"] = 3, ["b"] = 0.1 };

    [Fact]
    public void Alone_nothing_changes()
    {
        var team = new TrainingTeam(null);
        Assert.Equal((1, true, 7UL), (team.Size, team.Leads, team.Seed(7)));
        Assert.True(team.Any(true));
        Assert.False(team.Any(false));
        Assert.Same(Losses, team.Mean(Losses, 5).Means);
        Assert.Equal(1, team.Mean(Losses, 5).Share);
        Assert.Equal("words", team.Hear(true, () => "words"));
        Assert.Equal(2.5, team.OnLeader(() => 2.5));
        team.ExpectSame(["fact"]);
        using var scope = new TensorScope();
        Tensor state = Tensor.Ones([3]);
        Assert.Same(state, team.Own(team.Gather(state)));
    }

    [Fact]
    public void Each_process_has_a_seed_of_its_own_that_follows_from_the_runs()
    {
        ulong[] Seeds(ulong seed) => TinyTeam.Run(3, group => new TrainingTeam(group).Seed(seed));
        ulong[] seeds = Seeds(4);
        Assert.Equal(4UL, seeds[0]);
        Assert.Equal(3, seeds.Distinct().Count());
        Assert.Equal(seeds, Seeds(4));
        Assert.Empty(seeds.Intersect(Seeds(5)));
    }

    [Fact]
    public void Losses_are_weighed_by_pictures() => TinyTeam.Run(2, group =>
    {
        var team = new TrainingTeam(group);
        (IReadOnlyDictionary<string, double> means, double share) = group.Rank == 0
            ? team.Mean(new Dictionary<string, double> { ["a"] = 1, ["b"] = double.NaN }, 3)
            : team.Mean(new Dictionary<string, double> { ["a"] = 5, ["b"] = 0 }, 1);
        Assert.Equal(["a", "b"], means.Keys);
        Assert.Equal(2, means["a"]);
        Assert.Equal(double.NaN, means["b"]);
        Assert.Equal(group.Rank == 0 ? 0.75 : 0.25, share);
        return 0;
    });

    [Fact]
    public void What_one_has_or_says_all_know() => TinyTeam.Run(3, group =>
    {
        var team = new TrainingTeam(group);
        Assert.True(team.Any(group.Rank == 1));
        Assert.False(team.Any(false));
        Assert.Equal("Process 1 of 3: I am 1", team.Hear(group.Rank > 0, () => $"I am {group.Rank}"));
        Assert.Equal(double.NaN, team.OnLeader(() => double.NaN));
        Assert.Equal(0, team.OnLeader(() => group.Rank));
        using var scope = new TensorScope();
        Tensor state = Tensor.From([(byte)(200 + group.Rank), (byte)1], 2);
        Assert.Equal([200, 1, 201, 1, 202, 1], team.Gather(state).ToArray<byte>());
        Assert.Equal(state.ToArray<byte>(), team.Own(team.Gather(state)).ToArray<byte>());
        return 0;
    });

    [Fact]
    public void The_first_difference_is_told_to_all() => TinyTeam.Run(3, group =>
    {
        var team = new TrainingTeam(group);
        team.ExpectSame(["one", "two"]);
        string message = Assert.Throws<ArgumentException>(() => team.ExpectSame(["one", group.Rank == 2 ? "drei" : "three", "four"])).Message;
        Assert.StartsWith("Process 2 of 3: 'drei' here, but 'three' in process 0.", message);
        return 0;
    });
}
