using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>The loss that a segmenter is trained with: a sum of terms with factors, all plain numbers, as a configuration file holds
/// them.</summary>
/// <remarks>Pixels of <see cref="SegmentationMap.Ignore"/> never count. Letters: N pictures, K classes.</remarks>
public sealed record SegmentationLoss
{
    private const long Void = SegmentationMap.Ignore;

    /// <summary>Factor of the cross entropy of each pixel. Default: 1.</summary>
    public double CrossEntropy { get; init => field = Check.NotNegative(value); } = 1;

    /// <summary>Factor of <see cref="FocalLoss.Softmax"/>. Default: 0.</summary>
    public double Focal { get; init => field = Check.NotNegative(value); }

    /// <summary>Focal loss: how fast the weight falls with the probability of the truth. Default: Lin et al.'s 2.</summary>
    public double Gamma { get; init => field = Check.NotNegative(value); } = 2;

    /// <summary>Factor of <see cref="DiceLoss"/>. Default: 0.</summary>
    public double Dice { get; init => field = Check.NotNegative(value); }

    /// <summary>Factor of <see cref="SoftIouLoss"/>. Default: 0.</summary>
    public double SoftIou { get; init => field = Check.NotNegative(value); }

    /// <summary>Cross entropy only: share of every target that is spread over all classes. Default: 0.</summary>
    public double LabelSmoothing { get; init => field = Check.Fraction(value); }

    /// <summary>Cross entropy and focal loss: K factors, 0 or more, see <see cref="Losses.ClassWeights"/>. Default: null for ones.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>Cross entropy and focal loss: which pixels count; null for all. Its threshold is one of cross entropy.</summary>
    public HardPixelMining? HardPixels { get; init; }

    /// <summary>Checks what single numbers cannot tell. <see cref="Compute"/> does it too; before a run, it finds mistakes early.</summary>
    /// <param name="classCount">K.</param>
    /// <exception cref="ArgumentException">No term has a factor, or the class weights do not fit.</exception>
    public void Validate(int classCount)
    {
        if (CrossEntropy + Focal + Dice + SoftIou == 0)
            throw new ArgumentException("The loss has no term: give at least one of them a factor above 0.");
        if (ClassWeights is not { } weights) return;
        if (weights.Count != classCount)
            throw new ArgumentException($"There are {weights.Count} class weights, but {classCount} classes: give one a class, in the data " +
                "set's order.", nameof(ClassWeights));
        if (!weights.All(weight => weight >= 0 && double.IsFinite(weight)) || weights.All(weight => weight == 0))
            throw new ArgumentException($"The class weights are [{string.Join(", ", weights)}]; each must be 0 or more, and one above 0.",
                nameof(ClassWeights));
    }

    /// <summary>The terms, each times its factor: their sum is minimised. Means are over the pixels that count, weighted.</summary>
    /// <param name="logits">N x K x H x W, floating point; half types are widened to float32.</param>
    /// <param name="labels">N x H x W, int64 in [0, K) or <see cref="SegmentationMap.Ignore"/>. (Values are checked on the CPU only.)</param>
    /// <param name="pixelWeights">N x H x W, what each pixel's cross entropy or focal loss counts, such as
    /// <see cref="BoundaryWeights"/>; null for ones.</param>
    /// <returns>Scalars by name: "loss_cross_entropy", "loss_focal", "loss_dice", "loss_soft_iou"; those without a factor are left
    /// out.</returns>
    /// <exception cref="ArgumentException">Shapes, types or values do not fit.</exception>
    public IReadOnlyDictionary<string, Tensor> Compute(Tensor logits, Tensor labels, Tensor? pixelWeights = null)
    {
        if (logits.Dim != 4) throw new ArgumentException($"The logits are {logits.Describe()}, but N x K x H x W are needed.", nameof(logits));
        Validate((int)logits.Size(1));
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor? classWeights = ClassWeights is null ? null
            : Tensor.From(ClassWeights.ToArray(), ClassWeights.Count).To(logits.Device, logits.DType);
        Tensor? pixels = PixelWeights();
        var overlap = new OverlapOptions { IgnoreIndex = Void };
        var terms = new Dictionary<string, Tensor>();
        if (CrossEntropy > 0)
        {
            var options = new CrossEntropyOptions { IgnoreIndex = Void, LabelSmoothing = LabelSmoothing };
            Add("loss_cross_entropy", CrossEntropy, how => Losses.CrossEntropy.Compute(logits, labels, options, classWeights, how));
        }
        if (Focal > 0)
        {
            var options = new SoftmaxFocalOptions { IgnoreIndex = Void, Gamma = Gamma };
            Add("loss_focal", Focal, how => FocalLoss.Softmax(logits, labels, options, classWeights, how));
        }
        if (Dice > 0) terms["loss_dice"] = scope.Keep(DiceLoss.Compute(logits, labels, overlap) * Dice);
        if (SoftIou > 0) terms["loss_soft_iou"] = scope.Keep(SoftIouLoss.Compute(logits, labels, overlap) * SoftIou);
        return terms;

        void Add(string name, double factor, Func<Reduction, Tensor> loss)
        {
            Tensor mean;
            if (pixels is null) mean = loss(Reduction.Mean);
            else
            {
                Tensor count = (LossArguments.PositionWeights(labels, Void, classWeights, logits.DType) * pixels).Sum();
                mean = (loss(Reduction.None) * pixels).Sum() / count.Clamp(min: LossArguments.Tiny);
            }
            terms[name] = scope.Keep(mean * factor);
        }

        // What each pixel counts beside its class, or null where all count the same.
        Tensor? PixelWeights()
        {
            Tensor? given = pixelWeights?.To(logits.DType);
            if (HardPixels is null) return given;
            using var noGrad = new NoGrad();
            Tensor hard = HardPixels.Mask(Losses.CrossEntropy.Compute(logits.Detach(), labels,
                new CrossEntropyOptions { IgnoreIndex = Void }, reduction: Reduction.None), labels.Ne(Void));
            return given is null ? hard : given * hard;
        }
    }
}
