using System.Net;
using System.Net.Sockets;
using Fovea.Backbones;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>The processes of a group as threads of this one.</summary>
internal static class TinyTeam
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What each member gives. One that throws leaves the group, as a process that ends does.</summary>
    public static T[] Run<T>(int size, Func<ProcessGroup, T> member)
    {
        int port = FreePort();
        Task<T>[] members = [.. Enumerable.Range(0, size).Select(rank => Task.Factory.StartNew(() =>
        {
            using var group = new ProcessGroup(new ProcessGroupOptions
            {
                Rank = rank, Size = size, Host = "127.0.0.1", Port = port, ServesStore = rank == 0, Timeout = Patience,
            });
            return member(group);
        }, TaskCreationOptions.LongRunning))];
        Assert.True(Task.WaitAll(members, Patience), "the members hang");
        return [.. members.Select(task => task.Result)];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A network without batch statistics: many pictures at once or few make no difference to it.</summary>
internal sealed class PlainNetwork : Module
{
    public PlainNetwork(ulong seed)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(seed);
        Eye = Child("eye", new Conv2d(3, 4, 8, 8, generator: generator));
        Head = Child("head", new Linear(4, 2, generator: generator));
        Rare = Child("rare", new Linear(4, 1, generator: generator));
        Child("unused", new Linear(2, 2, generator: generator));
    }

    public Conv2d Eye { get; }

    public Linear Head { get; }

    public Linear Rare { get; }

    public float[] Bits() => [.. StateDict().SelectMany(entry => entry.Value.Detach().ToArray<float>())];
}

/// <summary>Noise of two brightnesses; the last three of the pictures are wide.</summary>
internal sealed class TwoShades(int count) : IDataset
{
    public const int Wide = 3;

    public Action<int>? OnLoad { get; init; }

    public string Name => "Shades";

    public IReadOnlyList<Category> Categories { get; } = [new(1, "dark"), new(2, "bright")];

    public int Count => count;

    public ImageRecord this[int index] => new(index, $"shade-{index}.png", index < count - Wide ? new(16, 16) : new(16, 32), []);

    public Sample Load(int index)
    {
        OnLoad?.Invoke(index);
        var random = new SampleRandom((ulong)index);
        var pixels = new byte[this[index].Size.Pixels * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(100 * (index % 2) + random.Next(100));
        return new Sample(this[index], new Image(this[index].Size, pixels), []);
    }
}

/// <summary>Pictures as the plain network takes them.</summary>
internal sealed record ShadeBatch(IReadOnlyList<Sample> Samples, Tensor Pixels) : IDisposable
{
    public static ShadeBatch From(IReadOnlyList<Sample> samples)
    {
        ImageSize size = samples[0].Image.Size;
        float[] values = [.. samples.SelectMany(sample => sample.Image.Pixels).Select(value => value / 255f)];
        using var scope = new TensorScope();
        return new(samples, Tensor.From(values, samples.Count, size.Height, size.Width, 3).Permute(0, 3, 1, 2).Contiguous().Unscoped());
    }

    public void Dispose() => Pixels.Dispose();
}

/// <summary>Telling dark pictures from bright ones, with a second loss that only some pictures have.</summary>
internal sealed class ShadeTask(PlainNetwork model, IDataset data, TrainingOptions options, ProcessGroup? group) : TrainingTask<ShadeBatch>
{
    private readonly DataLoader<ShadeBatch> _loader = new(data, new LoaderOptions
    {
        BatchSize = options.BatchSize, Seed = options.Seed, Shuffle = true, DropLast = true, GroupByAspect = true, Workers = 1,
        Process = group?.Rank ?? 0, Processes = group?.Size ?? 1,
    }, ShadeBatch.From);

    private int _validations;

    /// <summary>Called before each batch, on each process.</summary>
    public Action<ShadeBatch>? BeforeBatch { get; init; }

    /// <summary>What is measured, by the number of the validation from 1.</summary>
    public Func<int, double> Measure { get; init; } = validation => validation;

    /// <summary>Whether the losses have a random part.</summary>
    public bool Noisy { get; init; }

    public override Module Model => model;

    public override IReadOnlyList<BackboneStage> Stages { get; } = [new("eye", ["eye."], 4, 8)];

    public override TaskMetrics Metrics { get; } = new("score", ["score"], []);

    public override int BatchesPerEpoch => _loader.BatchCount;

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string> { ["fovea.model"] = "plain" };

    public override IEnumerable<ShadeBatch> Batches(int epoch, int firstBatch) => _loader.Epoch(epoch, firstBatch);

    public override int PictureCount(ShadeBatch batch) => batch.Samples.Count;

    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ShadeBatch batch, Device device, Generator generator)
    {
        BeforeBatch?.Invoke(batch);
        Tensor features = model.Eye.Forward(batch.Pixels).Relu().Mean([2, 3]);   // N,4
        if (Noisy) features += Tensor.Randn(features.Shape, generator);
        long[] ids = [.. batch.Samples.Select(sample => sample.Record.Id)];
        Tensor loss = Functional.CrossEntropy(model.Head.Forward(features), Tensor.From([.. ids.Select(id => id % 2)], ids.Length));
        // Where no picture of a batch has it, the layer gets no gradient.
        Tensor which = Tensor.From([.. ids.Select(id => id % 5 == 0 ? 1f : 0)], ids.Length, 1);
        Tensor rare = ids.Any(id => id % 5 == 0) ? (model.Rare.Forward(features).Pow(2) * which).Mean() : Tensor.Scalar(0);
        return new Dictionary<string, Tensor> { ["shade"] = loss, ["rare"] = rare };
    }

    public override IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation) =>
        new Dictionary<string, double> { [Metrics.Main] = Measure(++_validations) };

    public override string Describe(ShadeBatch batch) => string.Join(", ", batch.Samples.Select(sample => sample.Record.Path));

    public override void Save(ShadeBatch batch, string path) => SafetensorsWriter.Write(path, [SafetensorsEntry.FromTensor("input", batch.Pixels)]);
}

/// <summary>Runs of the plain network in a folder of their own, by one process or several.</summary>
internal sealed class ShadeRun : IDisposable
{
    public static readonly TrainingOptions Options = new()
    {
        Epochs = 2, BatchSize = 2, LearningRate = 0.05, WarmUpSteps = 2, CheckpointEvery = 1, WeightDecay = 0.01,
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("fovea-team-").FullName;

    public RunFolder Files => new(Folder);

    /// <summary>Square pictures for five joint batches of four, and three wide ones that fill none.</summary>
    public IDataset Data { get; init; } = new TwoShades(20 + TwoShades.Wide);

    /// <summary>Trains as one process of a group, or alone.</summary>
    public Member Train(TrainingOptions options, ProcessGroup? group, Action<ShadeBatch>? beforeBatch = null, Func<int, double>? measure = null,
        bool noisy = false, CancellationToken cancellation = default)
    {
        using var model = new PlainNetwork(options.Seed + (ulong)(group?.Rank ?? 0));   // processes begin with the weights of process 0
        var task = new ShadeTask(model, Data, options, group) { BeforeBatch = beforeBatch, Measure = measure ?? (n => n), Noisy = noisy };
        var seen = new Member();
        try
        {
            using var trainer = new Trainer<ShadeBatch>(task, options, Files, seen, group);
            seen.Result = trainer.Run(cancellation);
        }
        catch (Exception error)
        {
            seen.Error = error;
        }
        seen.Weights = model.Bits();
        return seen;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>How it ended for one process.</summary>
    public sealed class Member : ITrainingObserver
    {
        public float[] Weights { get; set; } = [];

        public TrainingResult? Result { get; set; }

        public Exception? Error { get; set; }

        public List<StepReport> Steps { get; } = [];

        public List<ValidationReport> Validations { get; } = [];

        public List<string> Messages { get; } = [];

        public void OnStep(StepReport report) => Steps.Add(report);

        public void OnValidation(ValidationReport report) => Validations.Add(report);

        public void OnMessage(string message) => Messages.Add(message);
    }
}
