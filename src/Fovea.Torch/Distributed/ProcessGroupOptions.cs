using System.Globalization;

namespace Fovea.Torch.Distributed;

/// <summary>Where processes meet, and which of them this is.</summary>
public sealed record ProcessGroupOptions
{
    /// <summary>This process's number, from 0 and below <see cref="Size"/>.</summary>
    public required int Rank { get; init; }

    /// <summary>Number of processes.</summary>
    public required int Size { get; init; }

    /// <summary>The machine where all meet: that of process 0.</summary>
    public required string Host { get; init; }

    /// <summary>The port there.</summary>
    public required int Port { get; init; }

    /// <summary>Whether this process opens the port for the others: process 0, unless the launcher already has.</summary>
    public bool ServesStore { get; init; }

    /// <summary>Tells groups that use one port, such as attempts of one job, apart.</summary>
    public string Prefix { get; init; } = "fovea";

    /// <summary>The network interface to talk over, such as "eth0"; null for that of the machine's name, or the loopback where
    /// <see cref="Host"/> is one.</summary>
    public string? Interface { get; init; }

    /// <summary>This process's number among those of its machine, from 0; null where the launcher does not tell.</summary>
    public int? LocalRank { get; init; }

    /// <summary>Number of processes on this machine; null where that is not known.</summary>
    public int? LocalSize { get; init; }

    /// <summary>How long to wait for the others.</summary>
    public TimeSpan Timeout { get; init; } = ProcessGroup.DefaultTimeout;

    /// <summary>Whether all processes meet on this machine's own loopback, so that none is elsewhere.</summary>
    internal bool IsLoopback => Host is "localhost" or "::1" || Host.StartsWith("127.", StringComparison.Ordinal);

    /// <summary>The group that variables describe, or null where WORLD_SIZE is absent, or 1 with nothing else.</summary>
    /// <param name="variable">Gives the value of a variable, or null.</param>
    /// <exception cref="ArgumentException">A variable is missing or makes no sense; the message names it.</exception>
    public static ProcessGroupOptions? FromEnvironment(Func<string, string?> variable)
    {
        if (string.IsNullOrEmpty(variable("WORLD_SIZE"))) return null;
        int size = Number("WORLD_SIZE", 1, int.MaxValue);
        if (size == 1 && !(Given("RANK") && Given("MASTER_ADDR") && Given("MASTER_PORT"))) return null;
        int rank = Number("RANK", 0, size - 1);
        // torchrun opens the port itself, and says so; it also counts the attempts of a job.
        bool launcherServes = variable("TORCHELASTIC_USE_AGENT_STORE") is "True" or "1";
        var options = new ProcessGroupOptions
        {
            Rank = rank, Size = size, Host = Text("MASTER_ADDR"), Port = Number("MASTER_PORT", 1, 65535),
            ServesStore = rank == 0 && !launcherServes,
            Prefix = "fovea/" + (variable("TORCHELASTIC_RESTART_COUNT") ?? "0"),
            Interface = variable("GLOO_SOCKET_IFNAME") is { Length: > 0 } name ? name : null,
            LocalRank = Given("LOCAL_RANK") ? Number("LOCAL_RANK", 0, size - 1) : null,
            LocalSize = Given("LOCAL_WORLD_SIZE") ? Number("LOCAL_WORLD_SIZE", 1, size) : null,
        };
        return options with { LocalSize = options.LocalSize ?? (options.IsLoopback ? size : null) };

        bool Given(string name) => !string.IsNullOrEmpty(variable(name));

        string Text(string name) => variable(name) is { Length: > 0 } text ? text
            : throw new ArgumentException($"WORLD_SIZE is {variable("WORLD_SIZE")}, but {name} is not set. A process among several needs " +
                "RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; torchrun sets all four. For one process alone, unset WORLD_SIZE.");

        int Number(string name, int least, int most) =>
            int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
                ? value
                : throw new ArgumentException($"{name} is '{Text(name)}', but must be a whole number from {least}" +
                    (most < int.MaxValue ? $" to {most}." : "."));
    }
}
