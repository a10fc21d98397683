using Fovea.Data;
using Fovea.Torch;
using Fovea.Torch.Distributed;

namespace Fovea.Training;

/// <summary>The processes that train one model together, and what they agree on. Every process calls the same methods in the same
/// order; for a process alone each of them is trivial.</summary>
/// <param name="group">The processes, or null for one alone.</param>
internal sealed class TrainingTeam(ProcessGroup? group)
{
    /// <summary>Number of processes.</summary>
    public int Size => group?.Size ?? 1;

    /// <summary>Whether this is process 0: the one that writes files, measures and tells.</summary>
    public bool Leads => group is null or { Rank: 0 };

    /// <summary>The seed of this process's own random choices: the run's on process 0, others on the others.</summary>
    public ulong Seed(ulong seed) => Leads ? seed : new SampleRandom(seed).Split((ulong)group!.Rank).NextUInt64();

    /// <summary>Whether it is so on at least one process.</summary>
    public bool Any(bool value) => group is null ? value : group.Sum(value ? 1 : 0)[0] > 0;

    /// <summary>The means of the processes' losses, where each picture counts the same.</summary>
    /// <param name="losses">This process's losses by name: means over its pictures.</param>
    /// <param name="pictures">Number of its pictures.</param>
    /// <returns>The means, infinite or not a number where one process's loss is; and the share of this process's pictures in all: the
    /// weight of its losses.</returns>
    public (IReadOnlyDictionary<string, double> Means, double Share) Mean(IReadOnlyDictionary<string, double> losses, int pictures)
    {
        if (group is null) return (losses, 1);
        double[] sums = group.Sum([pictures, .. losses.Values.Select(loss => loss * pictures)]);
        return (losses.Keys.Zip(sums.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second / sums[0]), pictures / sums[0]);
    }

    /// <summary>The words of the first process that has some, with its number.</summary>
    /// <param name="speaks">Whether this process has; at least one does.</param>
    /// <param name="words">Gives them; called on the one process that is heard.</param>
    public string Hear(bool speaks, Func<string> words)
    {
        if (group is null) return words();
        double[] speakers = new double[Size];
        speakers[group.Rank] = speaks ? 1 : 0;
        int first = Array.FindIndex(group.Sum(speakers), speaker => speaker > 0);
        return $"Process {first} of {Size}: " + group.Broadcast(first == group.Rank ? words() : "", first);
    }

    /// <summary>Computes a number on process 0 while the others wait, however long it takes; all get it.</summary>
    /// <exception cref="OperationCanceledException">On every process, where the work ended with one.</exception>
    /// <exception cref="TorchException">On the others, where the work failed.</exception>
    public double OnLeader(Func<double> work)
    {
        if (group is null) return work();
        double number = 0;
        group.RunOnRoot(() => number = work());
        return group.Sum(number)[0];
    }

    /// <summary>The states of all processes, N x the state's shape; the state itself where there is one process.</summary>
    public Tensor Gather(Tensor state) => Size == 1 ? state : group!.Gather(state);

    /// <summary>This process's part of what <see cref="Gather"/> gave.</summary>
    public Tensor Own(Tensor states) => Size == 1 ? states : states.Select(0, group!.Rank).Clone();

    /// <summary>Makes sure that all processes are about to do the same.</summary>
    /// <param name="facts">What and how, a line each: the same lines everywhere.</param>
    /// <exception cref="ArgumentException">On every process: one of them is about to do something else. The message tells the first
    /// difference.</exception>
    public void ExpectSame(IReadOnlyList<string> facts)
    {
        if (group is null) return;
        string[] theirs = group.Broadcast(string.Join('\n', facts), 0).Split('\n');
        int other = facts.Zip(theirs).ToList().FindIndex(pair => pair.First != pair.Second);
        if (!Any(other >= 0)) return;
        throw new ArgumentException(Hear(other >= 0, () => $"'{facts[other]}' here, but '{theirs[other]}' in process 0. All processes of " +
            "a run need the same options, the same data and the same run folder, on a file system that all of them see."));
    }
}
