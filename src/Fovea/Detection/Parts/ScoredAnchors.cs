using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>The anchors of one picture whose boxes are worth making, each with a class that it may hold: those above the threshold, and of
/// these the best. Entry i of each tensor belongs together.</summary>
/// <remarks>Letters: A anchors, K classes, C candidates.</remarks>
/// <param name="Anchors">C int64, indices of anchors; one may come with several classes.</param>
/// <param name="Scores">C.</param>
/// <param name="Labels">C int64, from 1.</param>
public sealed record ScoredAnchors(Tensor Anchors, Tensor Scores, Tensor Labels)
{
    /// <summary>The best of all classes together: RetinaNet's and FCOS's, level by level (Lin et al.: "Focal Loss for Dense Object
    /// Detection", section 4.1).</summary>
    /// <param name="scores">A x K, of the labels 1 to K.</param>
    /// <param name="options">Threshold and number.</param>
    public static ScoredAnchors OfLevel(Tensor scores, SelectionOptions options)
    {
        using var scope = new TensorScope();
        long classes = scores.Size(1);
        Tensor flat = scores.Flatten();                                                                 // A*K
        Tensor sure = (flat > options.ScoreThreshold).NonZero().Flatten();
        (Tensor best, Tensor order) = flat.IndexSelect(0, sure).TopK(Math.Min(options.PreNmsTopN, sure.Numel));
        Tensor entries = sure.IndexSelect(0, order);
        return new(scope.Keep(entries.FloorDivide(classes)), scope.Keep(best), scope.Keep(entries.Remainder(classes) + 1));
    }

    /// <summary>The best of each class by itself: SSD's (Liu et al.: "SSD: Single Shot MultiBox Detector", section 3.1).</summary>
    /// <param name="scores">A x K, of the labels 1 to K.</param>
    /// <param name="options">Threshold and number.</param>
    public static ScoredAnchors OfClasses(Tensor scores, SelectionOptions options)
    {
        using var scope = new TensorScope();
        (Tensor best, Tensor anchors) = scores.Transpose(0, 1).TopK(Math.Min(options.PreNmsTopN, scores.Size(0)), 1);    // K,C
        Tensor labels = Tensor.Arange(1, best.Size(0) + 1, device: best.Device).Unsqueeze(1).Expand(-1, best.Size(1));
        Tensor sure = (best.Flatten() > options.ScoreThreshold).NonZero().Flatten();
        return new(scope.Keep(anchors.Flatten().IndexSelect(0, sure)), scope.Keep(best.Flatten().IndexSelect(0, sure)),
            scope.Keep(labels.Flatten().IndexSelect(0, sure)));
    }
}
