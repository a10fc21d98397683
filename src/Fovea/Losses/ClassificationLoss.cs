using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>The losses that a classifier can be trained with.</summary>
public enum ClassificationLossKind
{
    /// <summary>Softmax and multi-class cross entropy: the usual one.</summary>
    CrossEntropy,
    /// <summary>Softmax and focal loss: easy pictures count less.</summary>
    Focal,
    /// <summary>Sigmoid and binary cross entropy, every class against all others.</summary>
    BinaryCrossEntropy,
    /// <summary>Sigmoid and focal loss, every class against all others, as Lin et al. published it.</summary>
    SigmoidFocal,
    /// <summary>Sigmoid and half the squared distance: for comparison, since it learns slowly from large mistakes.</summary>
    MeanSquaredError,
}

/// <summary>The loss that a classifier is trained with, and its numbers.</summary>
/// <remarks>Circle loss is missing because it takes cosines, not logits: see <see cref="CircleLoss"/>. Letters: N pictures, K classes.</remarks>
public sealed record ClassificationLoss
{
    private readonly double[]? _classWeights;

    /// <summary>A loss with its numbers.</summary>
    /// <param name="kind">Which loss.</param>
    /// <param name="labelSmoothing">Share of every target that is spread evenly over all classes, 0 to 1.</param>
    /// <param name="classWeights">K factors, 0 or more (see <see cref="Losses.ClassWeights"/>), or null for ones.</param>
    /// <param name="gamma">Focal losses only: null for Lin et al.'s 2.</param>
    /// <param name="alpha">Sigmoid focal loss only: null for Lin et al.'s 0.25.</param>
    /// <exception cref="ArgumentException">A number is out of its range, or belongs to another kind.</exception>
    public ClassificationLoss(ClassificationLossKind kind, double labelSmoothing = 0, IReadOnlyList<double>? classWeights = null,
        double? gamma = null, double? alpha = null)
    {
        bool sigmoidFocal = kind == ClassificationLossKind.SigmoidFocal, focal = sigmoidFocal || kind == ClassificationLossKind.Focal;
        if (!Enum.IsDefined(kind)) throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such loss.");
        if (gamma is not null && !focal) throw new ArgumentException($"{kind} has no gamma; only focal losses have.", nameof(gamma));
        if (alpha is not null && !sigmoidFocal)
            throw new ArgumentException($"{kind} has no alpha; only {ClassificationLossKind.SigmoidFocal} has. Others take class weights.", nameof(alpha));
        if (classWeights is not null && (!classWeights.All(w => w >= 0 && double.IsFinite(w)) || !classWeights.Any(w => w > 0)))
            throw new ArgumentException($"The class weights are [{string.Join(", ", classWeights)}]; they are 0 or more, and some above 0.", nameof(classWeights));
        (Kind, LabelSmoothing, _classWeights) = (kind, Check.Fraction(labelSmoothing, nameof(labelSmoothing)), classWeights?.ToArray());
        if (focal) Gamma = Check.NotNegative(gamma ?? SigmoidFocalOptions.Default.Gamma, nameof(gamma));
        if (sigmoidFocal) Alpha = Check.Fraction(alpha ?? SigmoidFocalOptions.Default.Alpha!.Value, nameof(alpha));
    }

    /// <summary>Which loss.</summary>
    public ClassificationLossKind Kind { get; }

    /// <summary>Share of every target that is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <summary>One factor a class, or null for ones.</summary>
    public IReadOnlyList<double>? ClassWeights => _classWeights;

    /// <summary>Exponent of the focal losses; null for others.</summary>
    public double? Gamma { get; }

    /// <summary>Factor of ones in the sigmoid focal loss, zeros having 1 - alpha; null for others.</summary>
    public double? Alpha { get; }

    /// <summary>The mean over the batch of each picture's loss, which is a sum over its classes: so one learning rate serves all
    /// kinds, and cross entropy is torch.nn.CrossEntropyLoss's for probabilities, with smoothing and weights.</summary>
    /// <param name="logits">N x K, floating point; half types are widened to float32.</param>
    /// <param name="targets">N x K, floating point: distributions over the classes, rows summing to 1 (not checked).</param>
    /// <returns>A scalar; 0 for an empty batch.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or there are not K class weights.</exception>
    public Tensor Compute(Tensor logits, Tensor targets)
    {
        if (logits.Dim != 2 || !targets.DType.IsFloatingPoint() || !targets.Shape.AsSpan().SequenceEqual(logits.Shape))
            throw new ArgumentException($"The logits are {logits.Describe()} and the targets {targets.Describe()}, but N x K logits and N x K "
                + "distributions, both floating point, are needed.", nameof(targets));
        using var scope = new TensorScope();
        LossArguments.CheckLogits(logits);
        logits = LossArguments.Wide(logits);
        Tensor? weights = _classWeights is null ? null : Tensor.From(_classWeights, _classWeights.Length).To(logits.Device, logits.DType);
        Tensor smooth = targets.To(logits.DType) * (1 - LabelSmoothing) + LabelSmoothing / logits.Size(1);
        Tensor loss = Kind switch
        {
            ClassificationLossKind.CrossEntropy => CrossEntropy.Compute(logits, smooth, classWeights: weights),
            ClassificationLossKind.Focal => FocalLoss.Softmax(logits, smooth, new SoftmaxFocalOptions { Gamma = Gamma!.Value }, weights),
            ClassificationLossKind.BinaryCrossEntropy =>
                MeanOfRows(BinaryCrossEntropy.Compute(logits, smooth, reduction: Reduction.None), weights),
            ClassificationLossKind.SigmoidFocal => MeanOfRows(FocalLoss.Sigmoid(logits, smooth,
                new SigmoidFocalOptions { Gamma = Gamma!.Value, Alpha = Alpha }, Reduction.None), weights),
            _ => MeanOfRows(SigmoidMeanSquaredError.Compute(logits, smooth, Reduction.None), weights),
        };
        return scope.Keep(loss);
    }

    private static Tensor MeanOfRows(Tensor terms, Tensor? weights)
    {
        Tensor? factors = LossArguments.PerClass(weights, terms);
        return LossArguments.Reduce((factors is null ? terms : terms * factors).Sum(1), Reduction.Mean);
    }
}
