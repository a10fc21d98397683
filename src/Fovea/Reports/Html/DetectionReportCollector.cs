using Fovea.Data;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Reports.Html;

/// <summary>Keeps what a detector finds in the pictures of a data set, until there is a <see cref="DetectionReport"/> to write.</summary>
public sealed class DetectionReportCollector
{
    private const int MostPictures = 12;
    private const float DrawnScore = 0.5f;

    private readonly IDataset _dataset;
    private readonly Skeleton? _skeleton;
    private readonly double _sure;
    private readonly DetectionErrorAnalysis<CocoBox, BoxOverlap> _errors;
    private readonly List<Detections> _found = [];

    /// <summary>A collector without pictures.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="maxDetections">Finds of a class in a picture at most.</param>
    /// <param name="skeleton">How key points are drawn; null for points alone.</param>
    /// <param name="sure">The smallest score of what is drawn and in the confusion matrix.</param>
    public DetectionReportCollector(IDataset dataset, int maxDetections, Skeleton? skeleton = null, double sure = DrawnScore)
    {
        (_dataset, _skeleton, _sure) = (dataset, skeleton, sure);
        _errors = new DetectionErrorAnalysis<CocoBox, BoxOverlap>(dataset.Categories, maxDetections, sure);
    }

    /// <summary>Adds the next picture of the data set.</summary>
    /// <param name="record">The picture.</param>
    /// <param name="found">What was found in it.</param>
    public void Add(ImageRecord record, Detections found)
    {
        _found.Add(found);
        _errors.Add(record.Id,
            [.. record.Annotations.Select(a => new CocoTruth<CocoBox>(a.Category, CocoBox.FromBox(a.Box), a.Area, a.IsCrowd))],
            [.. Enumerable.Range(0, found.Count).Select(i => new CocoDetection<CocoBox>(
                found.Categories[i], CocoBox.FromBox(found.Boxes[i]), found.Boxes[i].Area, found.Scores[i]))]);
    }

    /// <summary>The report's page.</summary>
    /// <param name="title">Such as the model's and the data set's names.</param>
    /// <param name="result">The figures of the pictures that were added.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    /// <exception cref="ImageException">A picture that is to be shown cannot be read any more.</exception>
    public string Write(string title, DetectorResult result, CancellationToken cancellation = default)
    {
        DetectionErrorResult errors = _errors.Evaluate(cancellation);
        IEnumerable<ReportedPicture> worst = Enumerable.Range(0, _found.Count).Where(i => errors.Pictures[i].Total > 0)
            .OrderByDescending(i => SureErrors(i, errors)).ThenByDescending(i => errors.Pictures[i].Total).Take(MostPictures).Select(i =>
            {
                cancellation.ThrowIfCancellationRequested();
                Sample sample = _dataset.Load(i);
                return new ReportedPicture(Path.GetFileName(sample.Record.Path), errors.Pictures[i],
                    DetectionDrawing.Draw(sample.Image, _found[i], _dataset.Categories, (float)_sure, _skeleton),
                    DetectionDrawing.Draw(sample.Image, sample.Annotations, _dataset.Categories, _skeleton));
            });
        return DetectionReport.Write(title, result, errors, _sure, worst);
    }

    // Unsure finds that are wrong show nothing: what counts is objects not found, and finds drawn that are wrong.
    private int SureErrors(int picture, DetectionErrorResult errors)
    {
        int asked = errors.Pictures[picture].Found + errors.Pictures[picture].Counts[(int)DetectionError.Missed];
        return Math.Abs(asked - _found[picture].WithScoreAtLeast((float)_sure).Count) + errors.Pictures[picture].Counts[(int)DetectionError.Missed];
    }
}
