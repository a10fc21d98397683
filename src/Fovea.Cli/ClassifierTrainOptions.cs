using System.CommandLine;
using Fovea.Losses;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The options of <c>fovea train</c> that only classifiers have.</summary>
internal sealed class ClassifierTrainOptions
{
    private static readonly ClassificationRecipe R = new();

    private readonly Option<ClassificationLossKind?> _loss =
        Options.Word<ClassificationLossKind>("--loss", "The loss; docs/losses.md says which is for what", R.Loss.Kind);
    private readonly Option<double?> _smoothing =
        Options.Real("--label-smoothing", "Share of every target that is spread over all classes, such as 0.1 (default: 0)", 0, 1);
    private readonly Option<ClassBalance?> _balance = Options.Word<ClassBalance>("--balance",
        "Where classes differ in number: weights of the loss, or pictures of rare classes drawn more often", R.Balance);
    private readonly Option<CropKind?> _crop = Options.Word("--crop",
        "How training pictures are cut: a random part stretched, moved by some pixels, or the middle", CropKind.Resized,
        "resized; padded in networks for small pictures");
    private readonly Option<double?> _leastArea =
        Options.Real("--least-area", FormattableString.Invariant($"Smallest share of a picture that --crop resized takes (default: {R.LeastArea})"), 0, 1);
    private readonly Option<int?> _margin =
        Options.Count("--margin", $"Pixels by which --crop padded moves pictures at most (default: {R.Margin})", 0, 1024);
    private readonly Option<AugmentationPolicy?> _policy =
        Options.Word<AugmentationPolicy>("--policy", "Random operations on training pictures", R.Policy);
    private readonly Option<int?> _operations =
        Options.Count("--policy-operations", $"Operations a picture of --policy randaugment (default: {R.PolicyOperations})", 1, 16);
    private readonly Option<double?> _strength = Options.Real("--policy-strength",
        FormattableString.Invariant($"Their strength, 0 to 1 (default: {R.PolicyStrength})"), 0, 1);
    private readonly Option<double?> _erasing = Options.Real("--erasing", "Chance that a random rectangle of a picture is covered (default: 0)", 0, 1);
    private readonly Option<double?> _mixup =
        Options.Real("--mixup", "Mix pictures with one another, by a share of Beta(X, X), such as 0.2; 0 for none (default: 0)", 0, 100);
    private readonly Option<double?> _cutMix =
        Options.Real("--cutmix", "Put a rectangle of one picture into another, of a share of Beta(X, X), such as 1; 0 for none (default: 0)", 0, 100);
    private readonly Option<double?> _dropout =
        Options.Real("--dropout", "Chance that the head drops an input, where the network drops any (default: the model's)", 0, 1);
    private readonly Option<double?> _depth = Options.Real("--stochastic-depth",
        "Chance that the last residual branch is skipped, where the network skips any (default: the model's)", 0, 1);
    private readonly Option<bool> _zeroInit = new("--zero-init") { Description = "Every residual block begins as the identity" };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [.. Own, .. Shared];

    /// <summary>Those that only classifiers have.</summary>
    public IReadOnlyList<Option> Own =>
        [_loss, _balance, _crop, _leastArea, _margin, _policy, _operations, _strength, _erasing, _mixup, _cutMix, _depth, _zeroInit];

    /// <summary>Those that segmenters have too.</summary>
    public IReadOnlyList<Option> Shared => [_smoothing, _dropout];

    /// <summary>Dropout where it is given.</summary>
    public double? Dropout(ParseResult parsed) => parsed.GetValue(_dropout);

    /// <summary>Label smoothing where it is given.</summary>
    public double? Smoothing(ParseResult parsed) => parsed.GetValue(_smoothing);

    /// <summary>The model's settings that are given.</summary>
    public ClassifierSettings Settings(ParseResult parsed, int? side, bool frozenNorm) => new()
    {
        ImageSize = side, FrozenBatchNorm = frozenNorm ? true : null, Dropout = parsed.GetValue(_dropout),
        StochasticDepth = parsed.GetValue(_depth), ZeroInitResidual = parsed.GetValue(_zeroInit) ? true : null,
    };

    /// <summary>A recipe with what is given.</summary>
    public ClassificationRecipe Recipe(ParseResult parsed, ClassificationRecipe r) => r with
    {
        Loss = r.Loss with { Kind = parsed.GetValue(_loss) ?? r.Loss.Kind, LabelSmoothing = parsed.GetValue(_smoothing) ?? r.Loss.LabelSmoothing },
        Balance = parsed.GetValue(_balance) ?? r.Balance,
        Crop = parsed.GetValue(_crop) ?? r.Crop,
        LeastArea = parsed.GetValue(_leastArea) ?? r.LeastArea,
        Margin = parsed.GetValue(_margin) ?? r.Margin,
        Policy = parsed.GetValue(_policy) ?? r.Policy,
        PolicyOperations = parsed.GetValue(_operations) ?? r.PolicyOperations,
        PolicyStrength = parsed.GetValue(_strength) ?? r.PolicyStrength,
        RandomErasing = parsed.GetValue(_erasing) ?? r.RandomErasing,
        Mixup = parsed.GetValue(_mixup) ?? r.Mixup,
        CutMix = parsed.GetValue(_cutMix) ?? r.CutMix,
    };
}
