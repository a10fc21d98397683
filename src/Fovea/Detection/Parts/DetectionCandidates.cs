using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>What may be found in one picture. Entry i of each tensor belongs to candidate i.</summary>
/// <param name="Boxes">N x 4, in pixels of the batch.</param>
/// <param name="Scores">N.</param>
/// <param name="Labels">N int64, from 1: label 0 is background.</param>
public sealed record DetectionCandidates(Boxes Boxes, Tensor Scores, Tensor Labels)
{
    /// <summary>Number of candidates.</summary>
    public long Count => Scores.Numel;

    /// <summary>Those at the given indices, in their order.</summary>
    /// <param name="indices">int64.</param>
    public DetectionCandidates At(Tensor indices) =>
        new(Boxes.Select(indices), Scores.IndexSelect(0, indices), Labels.IndexSelect(0, indices));

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
    public DetectionCandidates Select(SelectionOptions options)
    {
        DetectionCandidates sure = At((Scores > options.ScoreThreshold).NonZero().Flatten());
        DetectionCandidates large = sure.At(sure.Boxes.LargerThan(options.MinSize));
        Tensor keep = Nms.KeepPerClass(large.Boxes.Tensor, large.Scores, large.Labels, options.NmsThreshold);
        return large.At(keep.Slice(0, 0, options.DetectionsPerImage));
    }

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

/// <summary>Which of its finds a detector tells. Defaults are those of torchvision's Faster R-CNN.</summary>
public sealed record SelectionOptions
{
    /// <summary>Detections below this score are dropped.</summary>
    public double ScoreThreshold { get; init => field = Check.Fraction(value); } = 0.05;

    /// <summary>One-stage detectors: candidates of a level, or of a class in SSD, that go into NMS; the best ones.</summary>
    public int PreNmsTopN { get; init => field = Check.Positive(value); } = int.MaxValue;

    /// <summary>Of two detections of a class that overlap by more than this IoU, the better one stays.</summary>
    public double NmsThreshold { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Detections of a picture at most.</summary>
    public int DetectionsPerImage { get; init => field = Check.Positive(value); } = 100;

    /// <summary>Detections narrower or lower than this, in pixels of the batch, are dropped.</summary>
    public double MinSize { get; init => field = Check.NotNegative(value); } = 1e-2;
}
