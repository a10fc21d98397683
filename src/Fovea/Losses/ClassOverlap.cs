using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>For each class, the sums over a whole batch of which overlap losses are made.</summary>
/// <param name="Common">K: sum of p y, the soft intersection.</param>
/// <param name="Predicted">K: sum of p.</param>
/// <param name="True">K: sum of y.</param>
internal sealed record ClassOverlap(Tensor Common, Tensor Predicted, Tensor True)
{
    /// <summary>Sums over N and H x W of the positions that count.</summary>
    /// <param name="logits">N x K x ..., floating point.</param>
    /// <param name="targets">N x ... int64, or N x K x ... floating point in [0, 1].</param>
    /// <param name="options">Probabilities and ignore index.</param>
    public static ClassOverlap Of(Tensor logits, Tensor targets, OverlapOptions options)
    {
        bool soft = LossArguments.AreShares(logits, targets, options.IgnoreIndex);
        logits = LossArguments.Wide(logits);
        Tensor p = options.Probability == OverlapProbability.Softmax ? logits.Softmax(1) : logits.Sigmoid();
        Tensor y;
        if (soft) y = targets.To(logits.DType);
        else
        {
            Tensor ignored = targets.Eq(options.IgnoreIndex), counts = (!ignored).To(logits.DType).Unsqueeze(1);   // N,1,...
            y = LossArguments.OneHot(logits, targets.MaskedFill(ignored, 0)) * counts;
            p *= counts;
        }
        long[] allButClasses = [0, .. Enumerable.Range(2, logits.Dim - 2)];
        return new ClassOverlap((p * y).Sum(allButClasses), p.Sum(allButClasses), y.Sum(allButClasses));
    }

    /// <summary>The mean of distance / (size + smoothing) over the classes: 1 - (size - distance + smoothing) / (size + smoothing),
    /// in a form that is 0 where a class is neither there nor predicted.</summary>
    public Tensor MeanDistance(Tensor distance, Tensor size, OverlapOptions options)
    {
        Tensor loss = distance / (size + options.Smoothing).Clamp(min: LossArguments.Tiny);
        if (options.CountAbsentClasses) return loss.Mean();
        Tensor present = (True > 0).To(loss.DType);
        return (loss * present).Sum() / present.Sum().Clamp(min: 1);
    }
}
