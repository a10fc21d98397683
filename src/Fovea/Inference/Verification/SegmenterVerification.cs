using Fovea.Detection;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Inference.Verification;

/// <summary>Checks that a segmentation network reproduces what another program computed with the same weights.</summary>
public static class SegmenterVerification
{
    /// <summary>Compares everything that the reference holds. Batch norm and dropout are in evaluation mode throughout.</summary>
    /// <param name="network">The network with its weights. Its mode afterwards is as before.</param>
    /// <param name="reference">The other program's results.</param>
    /// <param name="options">Tolerances; the defaults where null.</param>
    /// <param name="device">Where the network is moved to and runs.</param>
    /// <exception cref="ArgumentException">The reference has a class that the network does not know.</exception>
    public static VerificationReport Run(Segmenter network, SegmenterReference reference, VerificationOptions? options = null,
        Device device = default)
    {
        CheckLabels(network, reference);
        options ??= new VerificationOptions();
        bool training = network.Training;
        network.To(device);
        network.Train(false);
        try
        {
            using var scope = new TensorScope();
            Tensor input = Tensor.From(reference.Input, reference.InputShape).To(device);
            List<TensorComparison> comparisons = [.. CompareScores(network, input, reference, options)];
            if (reference.Loss is { } loss) comparisons.AddRange(CompareLoss(network, input, reference, loss, options));
            return new VerificationReport(comparisons, ScaleRounding.Float32);
        }
        finally
        {
            network.Train(training);
        }
    }

    private static TensorComparison[] CompareScores(Segmenter network, Tensor input, SegmenterReference reference,
        VerificationOptions options)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] maps = network.ForwardWithAuxiliary(input);
        return [.. reference.Outputs.Select(expected =>
            Compare(expected, expected.Name == "out" ? maps[0] : maps.ElementAtOrDefault(network.MapCount)))];

        TensorComparison Compare(ReferenceScores expected, Tensor? scores) =>
            scores is null ? TensorComparison.Missing(expected.Name, expected.Shape, "the model has no auxiliary head")
            : !scores.Shape.SequenceEqual(expected.Shape)
                ? TensorComparison.Missing(expected.Name, expected.Shape, $"the model gives {scores.Describe()}")
            : TensorComparison.Of(expected.Name, expected.Shape, expected.Values, scores.Contiguous().ToArray<float>(),
                options.RelativeTolerance, options.AbsoluteTolerance);
    }

    private static List<TensorComparison> CompareLoss(Segmenter network, Tensor input, SegmenterReference reference, float expected,
        VerificationOptions options)
    {
        Tensor target = Tensor.From<long>(reference.Target!, reference.InputShape[0], reference.InputShape[2], reference.InputShape[3])
            .To(input.Device);
        Tensor[] maps = network.ForwardWithAuxiliary(input);
        Tensor loss = Functional.CrossEntropy(maps[0], target, ignoreIndex: SegmentationMap.Ignore);
        for (int i = 0; i < network.AuxiliaryWeights.Count; i++)
            loss += Functional.CrossEntropy(maps[network.MapCount + i], target, ignoreIndex: SegmentationMap.Ignore)
                * network.AuxiliaryWeights[i];
        var comparisons = new List<TensorComparison>
        {
            TensorComparison.Of("loss", [], [expected], [(float)loss.Item()], options.RelativeTolerance, options.AbsoluteTolerance),
        };
        if (options.Gradients) comparisons.AddRange(GradientComparison.Compare(network, _ => loss, reference.Gradients, options));
        return comparisons;
    }

    private static void CheckLabels(Segmenter network, SegmenterReference reference)
    {
        long largest = (reference.Target ?? []).Where(label => label != SegmentationMap.Ignore).DefaultIfEmpty(0).Max();
        if (largest >= network.ClassCount)
            throw new ArgumentException($"{reference.Path} has a target of class {largest}, but the model's classes end at " +
                $"{network.ClassCount - 1}.", nameof(reference));
    }
}
