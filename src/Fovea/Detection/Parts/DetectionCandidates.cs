using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>What may be found in one picture. Entry i of each tensor belongs to candidate i.</summary>
/// <param name="Boxes">N x 4, in pixels of the batch.</param>
/// <param name="Scores">N.</param>
/// <param name="Labels">N int64, from 1: label 0 is background.</param>
/// <param name="Confidence">N: how well each box is believed to lie, an IoU (Jiang et al. 2018); null where the detector does not
/// tell.</param>
public sealed record DetectionCandidates(Boxes Boxes, Tensor Scores, Tensor Labels, Tensor? Confidence = null)
{
    /// <summary>Number of candidates.</summary>
    public long Count => Scores.Numel;

    /// <summary>Those at the given indices, in their order.</summary>
    /// <param name="indices">int64.</param>
    public DetectionCandidates At(Tensor indices) =>
        new(Boxes.Select(indices), Scores.IndexSelect(0, indices), Labels.IndexSelect(0, indices), Confidence?.IndexSelect(0, indices));

    /// <summary>What one-stage detectors tell of each picture of a batch: the best of its candidates, clipped to it.</summary>
    /// <param name="images">The pictures.</param>
    /// <param name="options">Which are told.</param>
    /// <param name="candidatesOf">The candidates in a picture, given its index.</param>
    internal static Detections[] Select(ImageBatch images, SelectionOptions options, Func<int, DetectionCandidates> candidatesOf)
    {
        var results = new Detections[images.Count];
        for (int n = 0; n < results.Length; n++)
        {
            using var scope = new TensorScope();
            DetectionCandidates found = candidatesOf(n);
            results[n] = (found with { Boxes = found.Boxes.Clip(images.Sizes[n]) }).Select(options)
                .ToDetections(images.Sizes[n], images.OriginalSizes[n]);
        }
        return results;
    }

    /// <summary>The candidates of several levels as one list.</summary>
    public static DetectionCandidates Join(IReadOnlyList<DetectionCandidates> parts) => new(
        new Boxes(Tensor.Cat([.. parts.Select(part => part.Boxes.Tensor)])), Tensor.Cat([.. parts.Select(part => part.Scores)]),
        Tensor.Cat([.. parts.Select(part => part.Labels)]));

    /// <summary>Those worth telling: sure enough, large enough, without duplicates of a class, the best first, and not too many.</summary>
    /// <exception cref="ArgumentException">Suppression is to follow the boxes' confidence, but they have none.</exception>
    public DetectionCandidates Select(SelectionOptions options)
    {
        DetectionCandidates sure = At((Scores > options.ScoreThreshold).NonZero().Flatten());
        DetectionCandidates large = sure.At(sure.Boxes.LargerThan(options.MinSize));
        DetectionCandidates single = large.Suppress(options);
        return single.Count <= options.DetectionsPerImage ? single : single.First(options.DetectionsPerImage);
    }

    /// <summary>The candidates without duplicates of a class, best first; scores as the kind of suppression leaves them.</summary>
    private DetectionCandidates Suppress(SelectionOptions options)
    {
        if (options.Suppression == Suppression.Hard)
            return At(Nms.KeepPerClass(Boxes.Tensor, Scores, Labels, options.NmsThreshold));
        (Tensor kept, Tensor scores) = options.Suppression == Suppression.IouGuided
            ? IouGuidedNms.KeepPerClass(Boxes.Tensor, Scores, Confidence ?? throw new ArgumentException("IoU-guided suppression was " +
                "chosen, but this detector does not tell how well its boxes lie: choose another kind.", nameof(options)), Labels,
                options.NmsThreshold)
            : SoftNms.KeepPerClass(Boxes.Tensor, Scores, Labels, new SoftNmsOptions
            {
                Decay = options.Suppression == Suppression.SoftLinear ? SoftNmsDecay.Linear : SoftNmsDecay.Gaussian,
                Threshold = options.NmsThreshold, Sigma = options.NmsSigma, MinScore = options.ScoreThreshold,
                Most = options.DetectionsPerImage,
            });
        return At(kept) with { Scores = scores };
    }

    private DetectionCandidates First(int count) => new(new Boxes(Boxes.Tensor.Slice(0, 0, count)), Scores.Slice(0, 0, count),
        Labels.Slice(0, 0, count), Confidence?.Slice(0, 0, count));

    /// <summary>The candidates, which must be ordered by falling score, in pixels of the original picture.</summary>
    /// <param name="size">Size of the picture in the batch.</param>
    /// <param name="original">Its size before it was resized.</param>
    public Detections ToDetections(ImageSize size, ImageSize original)
    {
        // In float32, as torchvision scales.
        float y = (float)original.Height / size.Height, x = (float)original.Width / size.Width;
        float[] corners = Boxes.Tensor.ToArray<float>();
        var boxes = new Box[corners.Length / 4];
        for (int i = 0; i < boxes.Length; i++)
            boxes[i] = new Box(corners[4 * i] * x, corners[4 * i + 1] * y, corners[4 * i + 2] * x, corners[4 * i + 3] * y);
        int[] categories = [.. Labels.ToArray<long>().Select(label => (int)label - 1)];
        return new Detections(original, boxes, Scores.ToArray<float>(), categories);
    }
}

/// <summary>What becomes of a detection that overlaps another one of its class.</summary>
public enum Suppression
{
    /// <summary>It is dropped where the other's score is better (<see cref="Nms"/>).</summary>
    Hard,
    /// <summary>Its score falls linearly with the overlap (<see cref="SoftNms"/>).</summary>
    SoftLinear,
    /// <summary>Its score falls along a bell curve of the overlap (<see cref="SoftNms"/>).</summary>
    SoftGaussian,
    /// <summary>It is dropped where the other is believed to lie better, which takes the better score
    /// (<see cref="IouGuidedNms"/>).</summary>
    IouGuided,
}

/// <summary>Which of its finds a detector tells. Defaults are those of torchvision's Faster R-CNN.</summary>
public sealed record SelectionOptions
{
    /// <summary>Detections below this score are dropped; where suppression lowers scores, the lowered ones count.</summary>
    public double ScoreThreshold { get; init => field = Check.Fraction(value); } = 0.05;

    /// <summary>One-stage detectors: candidates of a level, or of a class in SSD, that go into NMS; the best ones.</summary>
    public int PreNmsTopN { get; init => field = Check.Positive(value); } = int.MaxValue;

    /// <summary>What becomes of detections that overlap.</summary>
    public Suppression Suppression { get; init; }

    /// <summary>Of two detections of a class that overlap by more than this IoU, the better one stays, or lowers the other's score;
    /// without meaning for <see cref="Suppression.SoftGaussian"/>.</summary>
    public double NmsThreshold { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Of <see cref="Suppression.SoftGaussian"/>: a score is multiplied by exp(-IoU^2 / this).</summary>
    public double NmsSigma { get; init => field = Check.Positive(value); } = 0.5;

    /// <summary>Detections of a picture at most.</summary>
    public int DetectionsPerImage { get; init => field = Check.Positive(value); } = 100;

    /// <summary>Detections narrower or lower than this, in pixels of the batch, are dropped.</summary>
    public double MinSize { get; init => field = Check.NotNegative(value); } = 1e-2;
}
