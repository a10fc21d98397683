using Fovea.Classification;
using Fovea.Data;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Training;

namespace Fovea.Inference;

/// <summary>Runs a classifier over a data set and measures what it says.</summary>
public static class ClassifierEvaluation
{
    /// <summary>Accuracies and confusions of a classifier on a data set.</summary>
    /// <param name="model">In evaluation mode, on <paramref name="device"/>.</param>
    /// <param name="dataset">Pictures with a class each; its categories must be those of the model, in the same order.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="reading">How pictures are read, and how many at once.</param>
    /// <param name="onPicture">Called with each picture and what was said of it.</param>
    /// <param name="cancellation">Ends the run with an exception.</param>
    /// <exception cref="ArgumentException">The model has another number of classes, or a picture has none.</exception>
    public static ClassificationResult Run(Classifier model, IDataset dataset, Device device, LoaderOptions reading,
        Action<Sample, ClassScores>? onPicture = null, CancellationToken cancellation = default)
    {
        if (dataset.Categories.Count != model.ClassCount)
            throw new ArgumentException($"The model tells {model.ClassCount} classes apart, but {dataset.Name} has " +
                $"{dataset.Categories.Count}.");
        var evaluator = new ClassificationEvaluator(dataset.Categories);
        var loader = new DataLoader<ClassificationBatch>(dataset, reading, samples => ClassificationBatch.From(samples, model.Transform));
        foreach (ClassificationBatch batch in loader.Epoch(0, cancellation: cancellation))
        {
            using (batch)
            {
                float[] scores;
                using (new TensorScope()) scores = model.Predict(batch.Pixels.To(device)).ToArray<float>();
                for (int n = 0; n < batch.Samples.Count; n++)
                {
                    ReadOnlySpan<float> own = scores.AsSpan(n * model.ClassCount, model.ClassCount);
                    Sample sample = batch.Samples[n];
                    evaluator.Add(own, sample.Record.Category!.Value);
                    onPicture?.Invoke(sample, new ClassScores(sample.Image.Size, own));
                }
            }
        }
        return evaluator.Evaluate();
    }
}
