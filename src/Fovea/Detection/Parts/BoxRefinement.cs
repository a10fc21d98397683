using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>Optimisation-based refinement: moves boxes uphill on the IoU that an <see cref="IouHead"/> predicts of them.</summary>
/// <remarks>Jiang et al.: "Acquisition of Localization Confidence" (ECCV 2018), section 3.3, algorithm 2. Letters: N pictures, R boxes of
/// all of them.</remarks>
public sealed record BoxRefinement
{
    /// <summary>Steps at most (T); 0 leaves boxes as they are.</summary>
    public int Steps { get; init => field = Check.NotNegative(value); } = 5;

    /// <summary>Length of a step (lambda), of the gradient times the box's sides.</summary>
    public double StepSize { get; init => field = Check.Positive(value); } = 0.5;

    /// <summary>A box whose predicted IoU changes by less is done (Omega 1).</summary>
    public double LeastChange { get; init => field = Check.NotNegative(value); } = 0.001;

    /// <summary>A box whose predicted IoU falls by more is done too (minus Omega 2).</summary>
    public double MostLoss { get; init => field = Check.NotNegative(value); } = 0.01;

    /// <summary>Moves the boxes of every picture.</summary>
    /// <param name="head">Predicts the IoUs.</param>
    /// <param name="features">P2, P3, ..., each N x C x H x W, that can take part in gradients.</param>
    /// <param name="found">The boxes of each picture; their classes say which prediction to follow.</param>
    /// <param name="sizes">Size of each picture in the batch: boxes are clipped to it in the end.</param>
    /// <returns>The same objects with new boxes and their predicted IoUs.</returns>
    /// <remarks>Gradients must be recorded: neither <see cref="NoGrad"/> nor <see cref="InferenceMode"/> may be open.</remarks>
    public DetectionCandidates[] Run(IouHead head, IReadOnlyList<Tensor> features, DetectionCandidates[] found,
        IReadOnlyList<ImageSize> sizes)
    {
        long[] counts = [.. found.Select(one => one.Count)];
        if (Steps == 0 || counts.Sum() == 0) return found;
        using var scope = new TensorScope();
        Tensor labels = Tensor.Cat([.. found.Select(one => one.Labels)]);                            // R
        Tensor boxes = Tensor.Cat([.. found.Select(one => one.Boxes.Tensor)]).Detach();              // R,4
        Tensor isActive = Tensor.Ones([boxes.Size(0), 1], boxes.DType, boxes.Device);                // R,1
        Tensor before = Predict(boxes);
        for (int step = 0; step < Steps && isActive.Max().Item() > 0; step++)
        {
            Tensor moved = boxes + Uphill(boxes) * isActive;
            Tensor after = Predict(moved), change = after - before;
            isActive *= (!((change.Abs() < LeastChange) | (change < -MostLoss))).To(boxes.DType).Unsqueeze(1);
            (boxes, before) = (moved, after);
        }
        Tensor[] refined = boxes.Split(counts), ious = before.Split(counts);
        return [.. found.Select((one, n) => one with
        {
            Boxes = new Boxes(scope.Keep(new Boxes(refined[n]).Clip(sizes[n]).Tensor)), Confidence = scope.Keep(ious[n]),
        })];

        Tensor Predict(Tensor at)
        {
            using var noGrad = new NoGrad();
            return head.Forward(features, at.Split(counts), labels, sizes);
        }

        // The step along the gradient, in pixels: boxes of all sizes move by alike shares of their sides.
        Tensor Uphill(Tensor at)
        {
            using var inner = new TensorScope();
            Tensor leaf = at.Detach();
            leaf.RequiresGrad = true;
            Tensor gradient = head.Forward(features, leaf.Split(counts), labels, sizes).Sum().Gradients([leaf])[0]!;
            using var noGrad = new NoGrad();
            Tensor[] edges = at.Unbind(1);
            Tensor width = edges[2] - edges[0], height = edges[3] - edges[1];
            return inner.Keep(gradient * Tensor.Stack([width, height, width, height], 1) * StepSize);
        }
    }
}
