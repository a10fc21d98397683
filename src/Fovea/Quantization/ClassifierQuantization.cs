using Fovea.Classification;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Torch;
using Fovea.Torch.Quantization;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Quantization;

/// <summary>From a trained classifier to a file of 8-bit weights.</summary>
/// <example><code>
/// using ClassifierPredictor trained = ClassifierPredictor.Load("best.safetensors");
/// var ranges = ClassifierQuantization.Calibrate(trained.Model, pictures, count: 256);
/// ClassifierQuantization.Write("int8.safetensors", trained, "resnet18", new ClassifierSettings(), ranges);
/// using ClassifierPredictor small = ClassifierPredictor.Load("int8.safetensors");
/// </code></example>
public static class ClassifierQuantization
{
    private const int BatchSize = 16;

    /// <summary>The ranges of a classifier's parts on some pictures of a data set, drawn the same way each time.</summary>
    /// <param name="model">In evaluation mode, on the CPU.</param>
    /// <param name="dataset">Pictures such as it was trained on, prepared as for prediction.</param>
    /// <param name="count">How many to look at; all where there are fewer.</param>
    /// <param name="onPictures">Told how many are done.</param>
    /// <param name="cancellation">Ends the run with an exception.</param>
    public static IReadOnlyDictionary<string, PartRanges> Calibrate(Classifier model, IDataset dataset, int count,
        Action<int>? onPictures = null, CancellationToken cancellation = default)
    {
        count = Math.Min(Check.Positive(count), dataset.Count);
        return Calibration.Of(model.Network, Batches());

        IEnumerable<Tensor> Batches()
        {
            var reading = new LoaderOptions { BatchSize = Math.Min(BatchSize, count), Shuffle = true };
            var loader = new DataLoader<ClassificationBatch>(dataset, reading,
                samples => ClassificationBatch.From(samples, model.Transform));
            int done = 0;
            foreach (ClassificationBatch batch in loader.Epoch(0, cancellation: cancellation))
            {
                using (batch)
                {
                    int taken = Math.Min(batch.Samples.Count, count - done);
                    using var scope = new TensorScope();
                    yield return batch.Pixels.Slice(0, 0, taken);
                    onPictures?.Invoke(done += taken);
                }
                if (done == count) yield break;
            }
        }
    }

    /// <summary>Writes a checkpoint of 8-bit weights, which describes itself as any other.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trained">The float32 classifier.</param>
    /// <param name="modelId">Its id in <see cref="ModelZoo"/>.</param>
    /// <param name="settings">The settings that it was built with.</param>
    /// <param name="ranges">From <see cref="Calibrate"/>.</param>
    /// <exception cref="TensorFileException">The file cannot be written.</exception>
    public static void Write(string path, ClassifierPredictor trained, string modelId, ClassifierSettings settings,
        IReadOnlyDictionary<string, PartRanges> ranges)
    {
        using var scope = new TensorScope();
        Checkpoint.Write(path, QuantizedState.Of(trained.Model.Network, ranges), new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = modelId, [Checkpoint.SettingsKey] = Checkpoint.ToJson(settings),
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(trained.Categories),
            [Checkpoint.QuantizationKey] = Checkpoint.ToJson(ranges.ToDictionary(part => part.Key, part => QuantizedPart.Of(part.Value))),
        });
    }
}
