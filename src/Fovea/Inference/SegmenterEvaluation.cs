using Fovea.Data;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Runs a segmenter over a data set and measures what it says.</summary>
public static class SegmenterEvaluation
{
    /// <summary>Counts of a segmenter's classes on a data set, over all pixels of all pictures, in their original size.</summary>
    /// <param name="predictor">The segmenter.</param>
    /// <param name="dataset">Pictures with labels; its categories must be those of the model, in the same order.</param>
    /// <param name="workers">Threads that read pictures ahead.</param>
    /// <param name="onPicture">Called with each picture and what was said of it.</param>
    /// <param name="cancellation">Ends the run with an exception.</param>
    /// <exception cref="ArgumentException">The model has other classes, or a picture has no labels.</exception>
    public static SegmentationResult Run(SegmentationPredictor predictor, IDataset dataset, int workers,
        Action<Sample, SegmentationPrediction>? onPicture = null, CancellationToken cancellation = default)
    {
        if (dataset.Categories.Count != predictor.Model.ClassCount)
            throw new ArgumentException($"The model tells {predictor.Model.ClassCount} classes apart, but {dataset.Name} has " +
                $"{dataset.Categories.Count}.", nameof(dataset));
        string[] second = [.. predictor.SecondCategories.Select(c => c.Name)], given = [.. dataset.SecondCategories.Select(c => c.Name)];
        if (second.Length > 0 && !second.SequenceEqual(given))
            throw new ArgumentException($"The model tells a second map of {string.Join(", ", second)}, but {dataset.Name} has " +
                $"{(given.Length == 0 ? "none" : string.Join(", ", given))}.", nameof(dataset));
        var confusion = new ConfusionMatrix(dataset.Categories.Count);
        ConfusionMatrix? secondConfusion = second.Length == 0 ? null : new ConfusionMatrix(second.Length);
        var loader = new DataLoader<Sample>(dataset, new LoaderOptions { BatchSize = 1, Workers = workers }, samples => samples[0]);
        foreach (Sample sample in loader.Epoch(0, cancellation: cancellation))
        {
            SegmentationMap actual = sample.Labels
                ?? throw new ArgumentException($"{sample.Record.Path} has no labels of its pixels.", nameof(dataset));
            SegmentationPrediction predicted = predictor.Predict(sample.Image);
            confusion.Add(actual, predicted.Map);
            secondConfusion?.Add(sample.SecondLabels!, predicted.Second!.Map);
            onPicture?.Invoke(sample, predicted);
        }
        return new SegmentationResult(confusion, dataset.Categories)
        {
            Second = secondConfusion is null ? null : new SegmentationResult(secondConfusion, dataset.SecondCategories),
        };
    }
}
