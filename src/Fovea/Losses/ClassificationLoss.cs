using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>The losses that a classifier can be trained with.</summary>
public enum ClassificationLossKind
{
    /// <summary>Softmax and multi-class cross entropy: the usual one. <see cref="Losses.CrossEntropy"/>.</summary>
    CrossEntropy,
    /// <summary>Softmax and focal loss: easy pictures count less. <see cref="FocalLoss.Softmax"/>.</summary>
    Focal,
    /// <summary>Sigmoid and binary cross entropy, every class by itself: a picture may have several.
    /// <see cref="Losses.BinaryCrossEntropy"/>.</summary>
    BinaryCrossEntropy,
    /// <summary>Sigmoid and focal loss, every class by itself, as Lin et al. published it. <see cref="FocalLoss.Sigmoid"/>.</summary>
    SigmoidFocal,
    /// <summary>Sigmoid and half the squared distance: for comparison, since it hardly learns from large mistakes.
    /// <see cref="SigmoidMeanSquaredError"/>.</summary>
    MeanSquaredError,
    /// <summary>Circle loss at class level, for networks whose last layer gives cosines (<see cref="Layers.CosineLinear"/>).
    /// <see cref="CircleLoss.ClassLevel"/>.</summary>
    Circle,
}

/// <summary>The loss that a classifier is trained with, and its numbers, all plain: what a configuration file holds.</summary>
/// <remarks>Numbers that only some kinds have are null for their published values. Letters: N pictures, K classes.</remarks>
public sealed record ClassificationLoss
{
    /// <summary>Which loss. Default: cross entropy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None of the named values.</exception>
    public ClassificationLossKind Kind
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Kind), value, "There is no such loss.");
    }

    /// <summary>Share of every target that is spread evenly over all classes, 0 to 1. Default: 0; Szegedy et al. 2016 use 0.1. Not
    /// with <see cref="ClassificationLossKind.Circle"/>.</summary>
    public double LabelSmoothing { get; init => field = Check.Fraction(value); }

    /// <summary>K factors, 0 or more (see <see cref="Losses.ClassWeights"/>): of a picture's loss by its class, in the sigmoid kinds
    /// of each class's term. Default: null for ones.</summary>
    /// <exception cref="ArgumentException">A factor is negative or not finite, or all are 0.</exception>
    public IReadOnlyList<double>? ClassWeights { get; init => field = value is null || AreWeights(value) ? value
        : throw new ArgumentException($"The class weights are [{string.Join(", ", value)}]; each must be 0 or more, and one above 0.",
            nameof(ClassWeights)); }

    /// <summary><see cref="ClassificationLossKind.BinaryCrossEntropy"/> only: factor of the classes that a picture has, against those that
    /// it lacks; null for 1.</summary>
    public double? PositiveWeight { get; init => field = value is { } given ? Check.NotNegative(given) : null; }

    /// <summary>Focal losses only: how fast the weight falls with the probability of the truth; null for Lin et al.'s 2.</summary>
    public double? Gamma { get; init => field = value is { } given ? Check.NotNegative(given) : null; }

    /// <summary><see cref="ClassificationLossKind.SigmoidFocal"/> only: factor of the classes that a picture has, those that it lacks
    /// getting 1 - alpha; null for Lin et al.'s 0.25.</summary>
    public double? Alpha { get; init => field = value is { } given ? Check.Fraction(given) : null; }

    /// <summary><see cref="ClassificationLossKind.Circle"/> only: m; null for Sun et al.'s 0.25.</summary>
    public double? Margin { get; init => field = value is { } given ? Check.Fraction(given) : null; }

    /// <summary><see cref="ClassificationLossKind.Circle"/> only: gamma; null for Sun et al.'s 256.</summary>
    public double? Scale { get; init => field = value is { } given ? Check.Positive(given) : null; }

    private bool IsFocal => Kind is ClassificationLossKind.Focal or ClassificationLossKind.SigmoidFocal;

    private bool IsCircle => Kind == ClassificationLossKind.Circle;

    /// <summary>Checks what single numbers cannot tell: that they belong to the kind, and that there are as many class weights as
    /// classes. <see cref="Compute"/> does it too; before a run, it finds mistakes early.</summary>
    /// <param name="classCount">K.</param>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate(int classCount)
    {
        Belongs(PositiveWeight is null || Kind == ClassificationLossKind.BinaryCrossEntropy, nameof(PositiveWeight), "BinaryCrossEntropy");
        Belongs(Gamma is null || IsFocal, nameof(Gamma), "Focal and SigmoidFocal");
        Belongs(Alpha is null || Kind == ClassificationLossKind.SigmoidFocal, nameof(Alpha), "SigmoidFocal");
        Belongs(Margin is null || IsCircle, nameof(Margin), "Circle");
        Belongs(Scale is null || IsCircle, nameof(Scale), "Circle");
        Belongs(LabelSmoothing == 0 || !IsCircle, nameof(LabelSmoothing), "every kind but Circle");
        if (ClassWeights is { } weights && weights.Count != classCount)
            throw new ArgumentException($"There are {weights.Count} class weights, but {classCount} classes: give one a class, in the data "
                + "set's order.", nameof(ClassWeights));
    }

    /// <summary>The mean over the batch of each picture's loss, which in the sigmoid kinds is a sum over its classes: so one learning
    /// rate serves all kinds, and a batch's loss does not depend on how its pictures are split over processes.</summary>
    /// <remarks>Classes give what the distributions that have a one for them give. With class weights that differs from
    /// torch.nn.CrossEntropyLoss, which divides by the sum of the weights for the former and by N for the latter.</remarks>
    /// <param name="logits">N x K, floating point; half types are widened to float32. Cosines for Circle loss.</param>
    /// <param name="targets">Classes, N, int64 in [0, K); or shares of every class, N x K, floating point in [0, 1], adding up to 1 for the
    /// softmax kinds, such as mixup makes. Circle loss takes classes only. (Values are checked on the CPU only.)</param>
    /// <returns>A scalar; 0 for an empty batch.</returns>
    /// <exception cref="ArgumentException">Shapes, types or values do not fit.</exception>
    public Tensor Compute(Tensor logits, Tensor targets)
    {
        LossArguments.CheckLogits(logits);
        if (logits.Dim != 2) throw new ArgumentException($"The logits are {logits.Describe()}, but N x K are needed.", nameof(logits));
        Validate((int)logits.Size(1));
        bool soft = LossArguments.AreShares(logits, targets, ignoreIndex: null);
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor? weights = ClassWeights is null ? null
            : Tensor.From(ClassWeights.ToArray(), ClassWeights.Count).To(logits.Device, logits.DType);
        Tensor truth = LabelSmoothing == 0 ? targets : Smooth(soft ? targets.To(logits.DType) : LossArguments.OneHot(logits, targets));
        return scope.Keep(LossArguments.Reduce(OfPictures(logits, truth, weights), Reduction.Mean));
    }

    private Tensor Smooth(Tensor shares) => shares * (1 - LabelSmoothing) + LabelSmoothing / shares.Size(1);

    // N
    private Tensor OfPictures(Tensor logits, Tensor truth, Tensor? weights)
    {
        SigmoidFocalOptions published = SigmoidFocalOptions.Default;
        return Kind switch
        {
            ClassificationLossKind.CrossEntropy => CrossEntropy.Compute(logits, truth, null, weights, Reduction.None),
            ClassificationLossKind.Focal => FocalLoss.Softmax(logits, truth,
                new SoftmaxFocalOptions { Gamma = Gamma ?? published.Gamma }, weights, Reduction.None),
            ClassificationLossKind.BinaryCrossEntropy => SumOfTerms(BinaryCrossEntropy.Compute(logits, truth,
                positiveWeights: PositiveWeight is { } factor ? Tensor.Scalar(factor, logits.DType, logits.Device) : null,
                reduction: Reduction.None), weights),
            ClassificationLossKind.SigmoidFocal => SumOfTerms(FocalLoss.Sigmoid(logits, truth,
                new SigmoidFocalOptions { Gamma = Gamma ?? published.Gamma, Alpha = Alpha ?? published.Alpha }, Reduction.None), weights),
            ClassificationLossKind.MeanSquaredError => SumOfTerms(SigmoidMeanSquaredError.Compute(logits, truth, Reduction.None), weights),
            _ => WeightedByClass(CircleLoss.ClassLevel(logits, truth, new CircleOptions { Margin = Margin ?? CircleOptions.Default.Margin,
                Scale = Scale ?? CircleOptions.Default.Scale }, Reduction.None), truth, weights),
        };
    }

    private static Tensor SumOfTerms(Tensor terms, Tensor? weights) => (weights is null ? terms : terms * weights).Sum(1);

    private static Tensor WeightedByClass(Tensor losses, Tensor classes, Tensor? weights) =>
        weights is null ? losses : losses * weights.IndexSelect(0, classes);

    private static bool AreWeights(IReadOnlyList<double> weights) =>
        weights.All(weight => weight >= 0 && double.IsFinite(weight)) && weights.Any(weight => weight > 0);

    private void Belongs(bool holds, string name, string owners)
    {
        if (!holds) throw new ArgumentException($"{name} belongs to {owners}, but the loss is {Kind}: leave it out.", name);
    }
}
