using Fovea.Data;
using Fovea.Detection;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Inference;

/// <summary>Runs a detector over a data set and measures what it finds.</summary>
public static class DetectorEvaluation
{
    /// <summary>COCO's figures for a detector on a data set.</summary>
    /// <param name="model">In evaluation mode, on <paramref name="device"/>.</param>
    /// <param name="dataset">Its categories must be those of the model, in the same order.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="options">How pictures are read, and what is told of each.</param>
    /// <param name="cancellation">Ends the run with an exception.</param>
    /// <exception cref="ArgumentException">The classes are not as many.</exception>
    public static DetectorResult Run(Detector model, IDataset dataset, Device device, EvaluationOptions options,
        CancellationToken cancellation = default)
    {
        if (dataset.Categories.Count != model.ClassCount - 1)
            throw new ArgumentException($"The model tells {model.ClassCount - 1} classes apart, but {dataset.Name} has " +
                $"{dataset.Categories.Count}: " + string.Join(", ", dataset.Categories.Select(c => c.Name)) + ".");
        var evaluator = new DetectorEvaluator(dataset, options.Coco, masks: model.FindsMasks, keypoints: model.FindsKeypoints);
        foreach ((Sample sample, Detections found) in Predict(model, dataset, device, options, cancellation))
        {
            evaluator.Add(sample.Record, found);
            options.OnPicture?.Invoke(sample, found);
        }
        return evaluator.Evaluate(cancellation);
    }

    /// <summary>What a detector finds in each picture of a data set, in order; pictures are read ahead on other threads.</summary>
    public static IEnumerable<(Sample Sample, Detections Found)> Predict(Detector model, IDataset dataset, Device device,
        EvaluationOptions options, CancellationToken cancellation = default)
    {
        DetectionTransform transform = model.Transform;
        bool posed = model.FindsKeypoints && dataset.HasKeypoints();
        var loader = new DataLoader<ReadPicture>(dataset, new LoaderOptions { BatchSize = 1, Workers = options.Workers },
            samples => new ReadPicture(samples[0], options.Inference.IsPlain ? transform.Batch([samples[0].Image]) : null));
        foreach (ReadPicture picture in loader.Epoch(0, cancellation: cancellation))
        {
            using (picture)
            {
                Detections found;
                if (options.Inference.IsPlain)
                    using (new TensorScope()) found = model.Predict(picture.Batch!.To(device))[0];
                else found = options.Inference.Predict(model, picture.Sample.Image, device);
                if (posed) found = found.WithKeypointsOf(category => dataset.SkeletonOf(category) is not null);
                yield return (picture.Sample, found);
            }
        }
    }

    private sealed class ReadPicture(Sample sample, ImageBatch? batch) : IDisposable
    {
        public Sample Sample => sample;

        // Null where the picture is looked at in other ways than as it is.
        public ImageBatch? Batch => batch;

        public void Dispose() => batch?.Pixels.Dispose();
    }
}

/// <summary>How an evaluation goes.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Thresholds, areas and limits of COCO's figures.</summary>
    public CocoOptions Coco { get; init; } = CocoOptions.Default;

    /// <summary>How each picture is looked at.</summary>
    public DetectionInference Inference { get; init; } = new();

    /// <summary>Threads that read pictures ahead.</summary>
    public int Workers { get; init => field = Check.Positive(value); } = 1;

    /// <summary>Called with each picture and what was found in it.</summary>
    public Action<Sample, Detections>? OnPicture { get; init; }
}
