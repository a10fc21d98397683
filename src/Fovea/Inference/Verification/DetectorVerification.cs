using Fovea.Detection;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Inference.Verification;

/// <summary>Checks that a detector reproduces what another program computed with the same weights.</summary>
public static class DetectorVerification
{
    /// <summary>Compares everything that the reference holds.</summary>
    /// <remarks>A reference does not tell how its program rounded the sizes of resized pictures, and torchvision's versions differ
    /// in it. Where that matters and the model's own rounding does not agree, the other one is tried; the report tells which one it
    /// is of.</remarks>
    /// <param name="model">The detector with its weights. For a reference with losses it is built with
    /// <see cref="Fovea.Weights.DetectorSettings.SampleAll"/>. Its mode afterwards is as before.</param>
    /// <param name="reference">The other program's results.</param>
    /// <param name="options">Tolerances; the defaults where null.</param>
    /// <param name="device">Where the model is moved to and runs.</param>
    /// <exception cref="ArgumentException">The reference has a label that the model does not know.</exception>
    public static VerificationReport Run(Detector model, DetectorReference reference, VerificationOptions? options = null,
        Device device = default)
    {
        CheckLabels(model, reference);
        options ??= new VerificationOptions();
        bool training = model.Training;
        model.To(device);
        try
        {
            DetectionTransform own = model.Transform;
            VerificationReport report = Run(model, own, reference, options, device);
            DetectionTransform other = own with
            {
                Rounding = own.Rounding == ScaleRounding.Float32 ? ScaleRounding.Float64 : ScaleRounding.Float32,
            };
            bool same = reference.Images.All(image => own.ResizedSize(image.Size) == other.ResizedSize(image.Size));
            if (report.Passed || same) return report;
            VerificationReport second = Run(model, other, reference, options, device);
            return second.Failures < report.Failures ? second : report;
        }
        finally
        {
            model.Train(training);
        }
    }

    private static VerificationReport Run(Detector model, DetectionTransform transform, DetectorReference reference,
        VerificationOptions options, Device device)
    {
        using var scope = new TensorScope();
        Tensor[] images = [.. reference.Images.Select(image => Tensor.From(image.Pixels, 3, image.Size.Height, image.Size.Width))];
        ImageBatch batch = transform.Batch(images).To(device);
        var comparisons = new List<TensorComparison>();
        if (reference.Detections is { } detections) comparisons.AddRange(ComparePredictions(model, batch, detections, options));
        if (reference.Targets is { } targets) comparisons.AddRange(CompareLosses(model, batch, reference, targets, options));
        return new VerificationReport(comparisons, transform.Rounding);
    }

    private static IEnumerable<TensorComparison> ComparePredictions(Detector model, ImageBatch batch,
        IReadOnlyList<ExpectedDetections> expected, VerificationOptions options)
    {
        model.Train(false);
        Detections[] found = model.Predict(batch);
        return expected.SelectMany((detections, n) => CompareDetections(n, detections, found[n], options));
    }

    private static IEnumerable<TensorComparison> CompareDetections(int image, ExpectedDetections expected, Detections found,
        VerificationOptions options)
    {
        int count = expected.Count;
        double tie = options.AbsoluteTolerance + options.RelativeTolerance * (count > 0 ? expected.Scores[0] : 0);
        if (found.Count != count)
        {
            int agreeing = expected.Scores.Zip(found.Scores).TakeWhile(pair => Math.Abs(pair.First - pair.Second) <= tie).Count();
            string note = $"the model found {found.Count}, not {count}; the first {agreeing} scores agree" +
                (agreeing < Math.Min(count, found.Count) ? $", then {found.Scores[agreeing]:g5} stands for {expected.Scores[agreeing]:g5}" : "");
            return [
                TensorComparison.Missing($"boxes.{image}", [count, 4], note),
                TensorComparison.Missing($"scores.{image}", [count], note),
                TensorComparison.Missing($"labels.{image}", [count], note)];
        }
        int[] pairs = DetectionPairing.Pair(expected, found, tie);
        float[] boxes = [.. pairs.Select(j => found.Boxes[j])
            .SelectMany(box => new[] { (float)box.X1, (float)box.Y1, (float)box.X2, (float)box.Y2 })];
        float[] scores = [.. pairs.Select(j => found.Scores[j])];
        float[] labels = [.. pairs.Select(j => found.Categories[j] + 1f)];
        List<TensorComparison> comparisons =
        [
            Compare("boxes", [count, 4], expected.Boxes, boxes),
            Compare("scores", [count], expected.Scores, scores),
            TensorComparison.Of($"labels.{image}", [count], [.. expected.Labels.Select(label => (float)label)], labels, 0, 0),
        ];
        if (expected.Masks is { } masks)
            comparisons.Add(Compare("masks", [count, 1, found.Size.Height, found.Size.Width], masks,
                found.SoftMasks is { } soft ? pairs.SelectMany(j => soft[j].Paste(found.Size)) : null));
        if (expected.Keypoints is { } keypoints)
            comparisons.Add(Compare("keypoints", [count, count == 0 ? 0 : keypoints.Length / 3 / count, 3], keypoints,
                found.Keypoints is { } points ? pairs.SelectMany(j => points[j].SelectMany(point => new[] { point.X, point.Y, 1 })) : null));
        if (expected.KeypointScores is { } keypointScores)
            comparisons.Add(Compare("keypoints_scores", [count, count == 0 ? 0 : keypointScores.Length / count], keypointScores,
                found.Keypoints is { } of ? pairs.SelectMany(j => of[j].Select(point => point.Score)) : null));
        return comparisons;

        TensorComparison Compare(string name, long[] shape, float[] wanted, IEnumerable<float>? given)
        {
            float[]? values = given?.ToArray();
            return values is null || values.Length != wanted.Length
                ? TensorComparison.Missing($"{name}.{image}", shape, values is null ? "the model gives none" : "the model gives another number of them")
                : TensorComparison.Of($"{name}.{image}", shape, wanted, values, options.RelativeTolerance, options.AbsoluteTolerance);
        }
    }

    private static List<TensorComparison> CompareLosses(Detector model, ImageBatch batch, DetectorReference reference,
        IReadOnlyList<ReferenceTarget> targets, VerificationOptions options)
    {
        // Training mode, for its number of proposals, without what is random in it.
        model.Train(true);
        foreach ((_, Module module) in model.NamedModules())
            if (module is BatchNorm2d) module.Train(false);
        using var generator = new Generator(0);
        DetectionTarget[] objects = [.. targets.Select((target, n) => ToTarget(target, batch, n))];
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(batch, objects, generator);

        var comparisons = new List<TensorComparison>();
        foreach ((string name, float expected) in reference.Losses)
            comparisons.Add(losses.TryGetValue(name, out Tensor? loss)
                ? TensorComparison.Of($"loss.{name}", [], [expected], [(float)loss.Item()], options.RelativeTolerance,
                    options.AbsoluteTolerance)
                : TensorComparison.Missing($"loss.{name}", [], $"the model has no such loss; it has {string.Join(", ", losses.Keys)}"));
        if (options.Gradients)
            comparisons.AddRange(GradientComparison.Compare(model, LossOf, reference.Gradients, options));
        return comparisons;

        Tensor? LossOf(string? name) =>
            name is not null ? losses.GetValueOrDefault(name) : losses.Values.Aggregate((sum, next) => sum + next);
    }

    private static DetectionTarget ToTarget(ReferenceTarget target, ImageBatch batch, int image)
    {
        Annotation[] objects = [.. target.Labels.Select((label, i) => new Annotation
        {
            Box = new Box(target.Boxes[4 * i], target.Boxes[4 * i + 1], target.Boxes[4 * i + 2], target.Boxes[4 * i + 3]),
            Category = (int)label - 1, Mask = target.Masks?[i],
            Keypoints = [.. (target.Keypoints ?? []).Chunk(3).Skip(i * Points(target)).Take(Points(target))
                .Select(point => new Keypoint(point[0], point[1], (int)point[2]))],
        })];
        return DetectionTarget.From(objects, batch.OriginalSizes[image], batch.Sizes[image]).To(batch.Pixels.Device);
    }

    private static int Points(ReferenceTarget target) =>
        target.Keypoints is { } values && target.Labels.Length > 0 ? values.Length / 3 / target.Labels.Length : 0;

    private static void CheckLabels(Detector model, DetectorReference reference)
    {
        long largest = (reference.Targets ?? []).SelectMany(target => target.Labels).DefaultIfEmpty(0).Max();
        if (largest >= model.ClassCount)
            throw new ArgumentException($"{reference.Path} has a target with the label {largest}, but the model's labels end at " +
                $"{model.ClassCount - 1}.", nameof(reference));
    }
}
