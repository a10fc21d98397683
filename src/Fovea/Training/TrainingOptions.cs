using Fovea.Detection;
using Fovea.Torch;

namespace Fovea.Training;

/// <summary>Which rule turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
    /// <summary>Adam (Kingma and Ba 2015).</summary>
    Adam,
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    AdamW,
}

/// <summary>How the learning rate falls over a run, after warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Not at all.</summary>
    Constant,
    /// <summary>By 10 after each of <see cref="TrainingOptions.Milestones"/>.</summary>
    MultiStep,
    /// <summary>Along half a cosine, to zero.</summary>
    Cosine,
    /// <summary>As (1 - progress)^0.9, to zero.</summary>
    Poly,
    /// <summary>By 10 when the main metric has not improved for <see cref="TrainingOptions.Patience"/> validations.</summary>
    Plateau,
}

/// <summary>The type that convolutions and matrix products run in.</summary>
public enum Precision
{
    /// <summary>32-bit floats.</summary>
    Float32,
    /// <summary>bfloat16 where it is safe, 32 bits elsewhere.</summary>
    BFloat16,
    /// <summary>16-bit floats where it is safe, with a scaled loss; CUDA only.</summary>
    Float16,
}

/// <summary>How a training run goes. Every number that a run depends on is here or in the model's settings.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training pictures.</summary>
    public int Epochs { get; init => field = Check.Positive(value); } = 26;

    /// <summary>Pictures a batch of one process: n processes learn from n times as many in each step.</summary>
    public int BatchSize { get; init => field = Check.Positive(value); } = 4;

    /// <summary>Batches whose gradients are added before a step is taken.</summary>
    public int Accumulation { get; init => field = Check.Positive(value); } = 1;

    /// <summary>The rule that turns gradients into steps.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>Largest step size, reached after warm-up; torchvision's detection reference takes 0.02 for 16 pictures a step.</summary>
    public double LearningRate { get; init => field = Check.NotNegative(value); } = 0.01;

    /// <summary>Share of the last step that SGD keeps.</summary>
    public double Momentum { get; init => field = Check.Fraction(value); } = 0.9;

    /// <summary>SGD looks ahead along its momentum (Nesterov).</summary>
    public bool Nesterov { get; init; }

    /// <summary>Pull of the weights towards zero.</summary>
    public double WeightDecay { get; init => field = Check.NotNegative(value); } = 1e-4;

    /// <summary>Whether scales, shifts and biases (parameters of one dimension) are pulled towards zero too.</summary>
    public bool DecayNormAndBias { get; init; } = true;

    /// <summary>Each stage of the backbone, from the head back to the input, learns this much slower than the one after it; 1 for one
    /// rate everywhere. For fine-tuning (Clark et al.: "ELECTRA", ICLR 2020; Bao et al.: "BEiT", ICLR 2022).</summary>
    public double LayerDecay { get; init => field = Check.Fraction(value); } = 1;

    /// <summary>How the learning rate falls.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Epochs after which <see cref="ScheduleKind.MultiStep"/> divides the rate by 10.</summary>
    public IReadOnlyList<int> Milestones { get; init; } = [16, 22];

    /// <summary>Validations without improvement before <see cref="ScheduleKind.Plateau"/> divides the rate by 10.</summary>
    public int Patience { get; init => field = Check.Positive(value); } = 3;

    /// <summary>Steps over which the rate rises from a thousandth to its full value.</summary>
    public int WarmUpSteps { get; init => field = Check.NotNegative(value); } = 500;

    /// <summary>Gradients longer than this, all together, are shortened to it; 0 leaves them.</summary>
    public double ClipNorm { get; init => field = Check.NotNegative(value); }

    /// <summary>Share of the old average that the averaged weights keep at each step; 0 keeps no average. Validation and the best
    /// checkpoint use the average.</summary>
    public double EmaDecay { get; init => field = Check.Fraction(value); }

    /// <summary>The type that most operators run in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Parts of the network that are not trained, from the input on: their number, or the name of the last one, such as
    /// "layer2". "0" for none.</summary>
    public string Freeze { get; init => field = value.Length > 0 ? value
        : throw new ArgumentException("Freeze must be a number of stages or a stage's name.", nameof(Freeze)); } = "0";

    /// <summary>Epochs from one validation to the next.</summary>
    public int ValidateEvery { get; init => field = Check.Positive(value); } = 1;

    /// <summary>Validations without improvement after which the run stops; 0 never stops early.</summary>
    public int EarlyStopping { get; init => field = Check.NotNegative(value); }

    /// <summary>Steps from one checkpoint to the next inside an epoch; 0 saves only at the end of each epoch.</summary>
    public int CheckpointEvery { get; init => field = Check.NotNegative(value); } = 200;

    /// <summary>Threads that decode and transform pictures ahead of the device.</summary>
    public int Workers { get; init => field = Check.Positive(value); } = 2;

    /// <summary>Where every random choice of the run comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>"cpu", "cuda" or "cuda:1".</summary>
    public string Device { get; init => field = Torch.Device.Parse(value).ToString(); } = "cpu";

    /// <summary>How pictures are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();
}

/// <summary>Random changes of the training pictures; boxes follow.</summary>
public sealed record AugmentationOptions
{
    /// <summary>Chance that left and right are exchanged.</summary>
    public double HorizontalFlip { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Chance that top and bottom are exchanged: for pictures without an upright, such as microscopy.</summary>
    public double VerticalFlip { get; init => field = Check.Fraction(value); }

    /// <summary>Largest relative change of brightness, contrast and saturation; hue changes by at most a tenth of it. 0 changes
    /// nothing.</summary>
    public double ColorJitter { get; init => field = Check.Fraction(value); }

    /// <summary>Smallest and largest factor of a random resize with crop or padding (Ghiasi et al.: "Simple Copy-Paste",
    /// CVPR 2021, section 3); 1 and 1 changes nothing.</summary>
    public double MinScale { get; init => field = Check.NotNegative(value); } = 1;

    /// <inheritdoc cref="MinScale"/>
    public double MaxScale { get; init => field = Check.NotNegative(value); } = 1;

    /// <summary>Sizes of multi-scale training are multiples of this many pixels.</summary>
    public const int SizeStep = 32;

    /// <summary>Detectors: chance that four pictures become one (Bochkovskiy et al.: "YOLOv4", 2020, section 3.3).</summary>
    public double Mosaic { get; init => field = Check.Fraction(value); }

    /// <summary>Detectors: smallest and largest length of the pictures' shorter side, which changes every ten batches (Redmon and Farhadi:
    /// "YOLO9000", CVPR 2017, section 2); multiples of 32, or 0 and 0 to keep the model's own.</summary>
    public int LeastSize { get; init => field = Multiple(value, nameof(LeastSize)); }

    /// <inheritdoc cref="LeastSize"/>
    public int MostSize { get; init => field = Multiple(value, nameof(MostSize)); }

    private static int Multiple(int size, string name) => size is >= 0 and <= 8192 && size % SizeStep == 0 ? size
        : throw new ArgumentOutOfRangeException(name, size, $"{name} must be a multiple of {SizeStep} pixels, at most 8192.");
}
