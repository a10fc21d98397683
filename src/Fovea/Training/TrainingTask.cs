using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Training;

/// <summary>What a training run is about: a model, its data, its losses and its measure. <see cref="Trainer{TBatch}"/> does the
/// rest.</summary>
/// <typeparam name="TBatch">A prepared batch, on the CPU. Its tensors belong to no scope; the trainer disposes it.</typeparam>
public abstract class TrainingTask<TBatch> where TBatch : class, IDisposable
{
    /// <summary>The model that is trained.</summary>
    public abstract Module Model { get; }

    /// <summary>The parts of the model from the input on, by their full names: for freezing and for learning rates of their own.</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>What <see cref="Validate"/> measures.</summary>
    public abstract TaskMetrics Metrics { get; }

    /// <summary>Batches of one epoch: the same number on every process of a run.</summary>
    public abstract int BatchesPerEpoch { get; }

    /// <summary>The batches of an epoch, prepared ahead; they depend on nothing but the seed, the epoch and, where
    /// several processes train together, which part of each batch is this one's.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">Where to start, when a run goes on inside an epoch.</param>
    public abstract IEnumerable<TBatch> Batches(int epoch, int firstBatch);

    /// <summary>Pictures in a batch: what it counts among the batches of other processes.</summary>
    public abstract int PictureCount(TBatch batch);

    /// <summary>The named losses of a batch, means over its pictures and the same names for all; their sum is minimised.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="generator">Source of the random choices, on the CPU.</param>
    public abstract IReadOnlyDictionary<string, Tensor> ComputeLosses(TBatch batch, Device device, Generator generator);

    /// <summary>Measures the model, which is in evaluation mode, on the validation pictures.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="picturesFolder">Where predictions on some pictures are drawn, or null for none.</param>
    /// <param name="cancellation">Ends the measuring with an exception.</param>
    /// <returns>Metrics by name, at least those that <see cref="Metrics"/> names.</returns>
    public abstract IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation);

    /// <summary>What is in a batch, in words: pictures and their objects, for the message when a loss goes bad.</summary>
    public abstract string Describe(TBatch batch);

    /// <summary>Writes a batch to a safetensors file, to look into what went bad.</summary>
    public abstract void Save(TBatch batch, string path);

    /// <summary>What a checkpoint says of itself beside its weights, as text by key.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }
}

/// <summary>The names of a task's metrics.</summary>
/// <param name="Main">The one that decides which checkpoint is best; larger is better.</param>
/// <param name="Shown">Those that sum up a validation, the main one first.</param>
/// <param name="PerClass">Those that each class has: under the name "METRIC.CLASS" among the metrics.</param>
public sealed record TaskMetrics(string Main, IReadOnlyList<string> Shown, IReadOnlyList<string> PerClass)
{
    /// <summary>Those that each class of a second list of classes has, in the same way.</summary>
    public IReadOnlyList<string> PerSecondClass { get; init; } = [];
}
