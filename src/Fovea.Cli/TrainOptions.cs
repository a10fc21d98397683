using System.CommandLine;
using System.CommandLine.Parsing;
using Fovea.Reconstruction;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The options of <c>fovea train</c>, and the configuration that follows from them. What is not given keeps the value
/// of the configuration file, or else the default.</summary>
internal sealed class TrainOptions
{
    // The defaults, for the help text.
    private static readonly TrainingOptions T = new();

    private readonly Option<string?> _task = Options.Text("--task",
        $"What to learn: {string.Join(", ", TaskName.All)}; needed only where --model does not tell it", "TASK");
    private readonly Option<string?> _model = Options.Text("--model", "The model; see 'fovea models'", "ID");
    private readonly Option<string?> _data = Options.Text("--data", DataSource.Description, "PATH");
    private readonly Option<string?> _trainSplit = Options.Text("--train-split", "Split to learn from (default: train)", "NAME");
    private readonly Option<string?> _valSplit = Options.Text("--val-split", "Split to measure on (default: val)", "NAME");
    private readonly Option<string?> _output =
        Options.Text("--output", "Folder of the run (default: runs/<name of the data>-<model>)", "FOLDER");
    private readonly Option<string?> _config =
        Options.Text("--config", "Take every choice from a run.yaml; other options change it", "FILE");
    private readonly Option<string?> _resume = Options.Text("--resume", "Go on with the run in this folder", "FOLDER");

    private readonly Option<string?> _weights = Options.Text("--weights",
        "Start from these weights: published ones by name (imagenet, coco, voc or as 'fovea models' lists them), or a file: " +
        ".safetensors, .pth, or Darknet's .weights", "NAME");
    private readonly Option<string?> _weightsBackbone = Options.Text("--weights-backbone",
        "Detectors and segmenters: start the backbone alone from its classification network's weights: imagenet, another name, or a file", "NAME");
    private readonly Option<bool> _newHead = Flag("--new-head", "Make the last layers anew where the weights have other classes");
    private readonly Option<string?> _freeze = Options.Text("--freeze",
        Told("Stages of the network not to train, from the input on: their number, or the last one's name, such as layer2", T.Freeze), "STAGE");
    private readonly Option<bool> _frozenNorm = Flag("--frozen-norm", "Batch norm with fixed statistics: for pre-trained weights");
    private readonly Option<NetworkSize?> _size = Options.Size("--size",
        "Size of the pictures in the network: height x width, such as 240x320 (default: the model's, such as 800x1333 for detectors)");
    private readonly DetectorTrainOptions _detector = new();
    private readonly ClassifierTrainOptions _classifier = new();
    private readonly SegmenterTrainOptions _segmenter = new();

    private readonly Option<int?> _epochs = Options.Count("--epochs", Told("Passes over the pictures", T.Epochs), 1);
    private readonly Option<int?> _batch = Options.Count("--batch", Told("Pictures at a time, of each process", T.BatchSize), 1);
    private readonly Option<int?> _accumulate =
        Options.Count("--accumulate", Told("Batches whose gradients are added for one step", T.Accumulation), 1);
    private readonly Option<OptimizerKind?> _optimizer = Options.Word<OptimizerKind>("--optimizer", "The rule of a step", T.Optimizer);
    private readonly Option<double?> _rate = Options.Real("--lr", Told("Largest learning rate", T.LearningRate), 0);
    private readonly Option<double?> _momentum = Options.Real("--momentum", Told("Momentum of sgd", T.Momentum), 0, 1);
    private readonly Option<bool> _nesterov = Flag("--nesterov", "Nesterov's momentum");
    private readonly Option<double?> _decay = Options.Real("--weight-decay", Told("Weight decay", T.WeightDecay), 0);
    private readonly Option<bool> _sparesNorm = Flag("--no-norm-decay", "Weight decay spares scales, shifts and biases");
    private readonly Option<double?> _layerDecay = Options.Real("--layer-decay",
        "For fine-tuning: each stage learns so much slower than the one after it, such as 0.8 (default: 1)", 0, 1);
    private readonly Option<ScheduleKind?> _schedule = Options.Word<ScheduleKind>("--schedule", "How the learning rate falls", T.Schedule);
    private readonly Option<int[]?> _milestones =
        Options.Counts("--milestones", Told("Epochs after which multistep divides the rate by 10", string.Join(',', T.Milestones)),
            "16,22");
    private readonly Option<int?> _patience =
        Options.Count("--patience", Told("Validations without improvement before plateau divides the rate by 10", T.Patience), 1);
    private readonly Option<int?> _warmUp = Options.Count("--warm-up", Told("Steps over which the learning rate rises", T.WarmUpSteps), 0);
    private readonly Option<double?> _clip = Options.Real("--clip", Told("Largest norm of the gradients; 0 for no limit", T.ClipNorm), 0);
    private readonly Option<double?> _ema =
        Options.Real("--ema", Told("Decay of the averaged weights, such as 0.998; 0 for none", T.EmaDecay), 0, 1);
    private readonly Option<Precision?> _precision = Options.Word<Precision>("--precision",
        "The type of convolutions and matrix products; float16 on CUDA only", T.Precision);

    private readonly Option<double?> _flip =
        Options.Real("--flip", Told("Chance of a left-right flip", T.Augmentation.HorizontalFlip), 0, 1);
    private readonly Option<double?> _verticalFlip =
        Options.Real("--vertical-flip", Told("Chance of a top-bottom flip", T.Augmentation.VerticalFlip), 0, 1);
    private readonly Option<double?> _jitter =
        Options.Real("--color-jitter", Told("Strength of random colour changes, 0 to 1", T.Augmentation.ColorJitter), 0, 1);
    private readonly Option<float[]?> _scale =
        Options.Reals("--scale-jitter", "Smallest and largest random zoom, such as 0.7,1.4 (default: 1,1)", "0.7,1.4", 2);

    private readonly Option<int?> _validateEvery =
        Options.Count("--validate-every", Told("Epochs from one validation to the next", T.ValidateEvery), 1);
    private readonly Option<int?> _earlyStopping =
        Options.Count("--early-stopping", Told("Stop after so many validations without improvement; 0 never", T.EarlyStopping), 0);
    private readonly Option<int?> _checkpointEvery = Options.Count("--checkpoint-every",
        Told("Steps from one checkpoint to the next within an epoch; 0 for none", T.CheckpointEvery), 0);
    private readonly Option<int?> _processes = Options.Count("--processes",
        "Processes on this machine that train together, each with --batch pictures at a time (default: 1)", 1, 1024);
    private readonly Option<int?> _workers = Options.Count("--workers", Told("Threads that read pictures ahead", T.Workers), 1, 1024);
    private readonly Option<ulong?> _seed = Options.Seed("--seed", Told("Where every random choice comes from", T.Seed));
    private readonly Option<string?> _device = Verb.DeviceOption();
    private readonly Option<string?> _libtorch = Verb.LibTorch();
    private readonly Option<int?> _threads = Verb.Threads();

    /// <summary>All options, under the headings of the help text.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("The run", [_task, _model, _data, _trainSplit, _valSplit, _output, _config, _resume]),
        new("The model", [_weights, _weightsBackbone, _newHead, _freeze, _frozenNorm, _size]),
        new("Detectors", _detector.All),
        new("Classifiers", _classifier.Own),
        new("Classifiers and segmenters", _classifier.Shared),
        new("Segmenters", _segmenter.All),
        new("Learning", [_epochs, _batch, _accumulate, _optimizer, _rate, _momentum, _nesterov, _decay, _sparesNorm, _layerDecay, _schedule, _milestones,
            _patience, _warmUp, _clip, _ema, _precision]),
        new("Varying the pictures", [_flip, _verticalFlip, _jitter, _scale]),
        new("How it runs", [_validateEvery, _earlyStopping, _checkpointEvery, _processes, _workers, _seed, _device, _libtorch, _threads]),
    ];

    public string? LibTorchPath(ParseResult parsed) => parsed.GetValue(_libtorch);

    public int? ThreadCount(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>The configuration and the run's folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="launched">Number of processes that whatever started this one started with it, or null where nothing says so.</param>
    /// <exception cref="UsageException">Options are missing or contradict each other.</exception>
    public (RunConfig Config, string Folder) Resolve(ParseResult parsed, int? launched = null)
    {
        (RunConfig config, string folder) = Resolved(parsed);
        if (launched is not { } size || size == config.Processes) return (config, folder);
        if (parsed.GetValue(_resume) is not null)
            throw new UsageException($"--resume: the run in {folder} was begun by {config.Processes} processes, but WORLD_SIZE is " +
                $"{size}. Start as many as then, or a new run from its weights.");
        if (parsed.GetValue(_processes) is not null)
            throw new UsageException($"--processes {config.Processes} starts processes, but one of {size} is what this one already " +
                $"is (WORLD_SIZE={size}): give it or use another launcher, not both.");
        return (config with { Processes = size }, folder);
    }

    private (RunConfig Config, string Folder) Resolved(ParseResult parsed)
    {
        if (parsed.GetValue(_resume) is { } folder) return (ResumedConfig(parsed, folder), folder);
        RunConfig config = parsed.GetValue(_config) is { } file ? Load("--config", file) : new RunConfig();
        config = Apply(parsed, config);
        if (config.Data.Length == 0) throw new UsageException($"--data is missing: {DataSource.Description}.");
        if (config is { Weights: not null, WeightsBackbone: not null })
            throw new UsageException("--weights and --weights-backbone both give the backbone its weights: choose one.");
        if (config.NewHead && config.Weights is null)
            throw new UsageException("--new-head changes weights that are given, but there are none: add --weights FILE.");
        if (config.Training is { Precision: Precision.Float16, Device: "cpu" })
            throw new UsageException("--precision float16 needs --device cuda: on the CPU choose bfloat16 or float32.");
        if (config.Training.Augmentation is var a && (a.MinScale > a.MaxScale || a.MinScale < 0.1 || a.MaxScale > 10))
            throw new UsageException(FormattableString.Invariant($"--scale-jitter: {a.MinScale:0.###},{a.MaxScale:0.###} arrived, but ") +
                "0.1 <= smallest <= largest <= 10 was expected, such as 0.7,1.4.");
        string output = parsed.GetValue(_output) ?? Path.Combine("runs", $"{NameOf(config.Data)}-{config.Model}");
        if (File.Exists(output)) throw new UsageException($"--output: '{output}' is a file, but a run is a folder.");
        if (RunFolder.HoldsCheckpoint(output))
            throw new UsageException($"{output} already holds a run. Go on with it (--resume {output}), or give the new one another " +
                "folder (--output).");
        return (config, output);
    }

    private static string NameOf(string data) =>
        Path.GetFileNameWithoutExtension(Path.GetFullPath(data).TrimEnd('/')) is { Length: > 0 } name ? name : "data";

    // A run goes on as it began: only where it runs may change.
    private RunConfig ResumedConfig(ParseResult parsed, string folder)
    {
        string path = Path.Combine(folder, "run.yaml");
        if (!File.Exists(path))
            throw new UsageException($"--resume: '{folder}' is no folder of a run: it holds no run.yaml. Expected what --output of " +
                "'fovea train' named, such as runs/NAME.");
        Option? other = parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit)
            .Select(result => result.Option)
            .FirstOrDefault(option => option != _resume && option != _device && option != _workers && option != _threads
                && option != _libtorch && option != _data);
        if (other is not null)
            throw new UsageException($"{other.Name} cannot be given with --resume: the run goes on as it began. To change it, start a " +
                $"new run with --config {path}.");
        RunConfig config = Load("--resume", path);
        return config with
        {
            Data = parsed.GetValue(_data) ?? config.Data,
            Training = config.Training with
            {
                Device = parsed.GetValue(_device) ?? config.Training.Device,
                Workers = parsed.GetValue(_workers) ?? config.Training.Workers,
            },
        };
    }

    private RunConfig Apply(ParseResult parsed, RunConfig c)
    {
        ModelEntry entry = TaskName.ModelOf(parsed.GetValue(_task), parsed.GetValue(_model) ?? (c.Model.Length > 0 ? c.Model : null));
        if (entry is not DetectorEntry) Options.ExpectNone(parsed, _detector.All, "detectors", entry);
        if (entry is not ClassifierEntry) Options.ExpectNone(parsed, _classifier.Own, "classifiers", entry);
        if (entry is not SegmenterEntry) Options.ExpectNone(parsed, _segmenter.All, "segmenters", entry);
        if (entry is not (ClassifierEntry or SegmenterEntry)) Options.ExpectNone(parsed, _classifier.Shared, "classifiers and segmenters", entry);
        if (entry is AutoEncoderEntry) Options.ExpectNone(parsed, [_newHead, _freeze, _frozenNorm], "networks with a head", entry);
        NetworkSize? size = parsed.GetValue(_size);
        if (c.Model.Length == 0) c = c with { Training = TaskName.TrainingOf(entry) };
        try
        {
            WeightsArgument? weights = (parsed.GetValue(_weights) ?? c.Weights) is { } w ? WeightsArgument.Of(entry, w) : null;
            WeightsArgument? backbone = (parsed.GetValue(_weightsBackbone) ?? c.WeightsBackbone) is { } b
                ? WeightsArgument.OfBackbone(entry, b) : null;
            DetectorSettings? detector = entry is not DetectorEntry ? null
                : DetectorSettings.Under(weights?.Published).With(c.Detector ?? new DetectorSettings())
                    .With(_detector.Read(parsed, size, parsed.GetValue(_frozenNorm)));
            if (detector is not null) ((DetectorEntry)entry).Family.Expect(entry.Id, detector);
            SegmenterSettings? segmenter = entry is not SegmenterEntry ? null
                : SegmenterSettings.Under(weights?.Published).With(c.Segmenter ?? new SegmenterSettings())
                    .With(_segmenter.Settings(parsed, size, parsed.GetValue(_frozenNorm), _classifier.Dropout(parsed)));
            segmenter?.ExpectOnly(entry.Id, ((SegmenterEntry)entry).Settings);
            return c with
            {
                Model = entry.Id,
                Data = parsed.GetValue(_data) ?? c.Data,
                TrainSplit = parsed.GetValue(_trainSplit) ?? c.TrainSplit,
                ValSplit = parsed.GetValue(_valSplit) ?? c.ValSplit,
                Weights = weights?.Kept,
                WeightsBackbone = backbone?.Kept,
                NewHead = parsed.GetValue(_newHead) || c.NewHead,
                Processes = parsed.GetValue(_processes) ?? c.Processes,
                Detector = detector,
                Classifier = entry is not ClassifierEntry ? null
                    : ClassifierSettings.Under(weights?.Published).With(c.Classifier ?? new ClassifierSettings())
                    .With(_classifier.Settings(parsed, size is { } square ? SquareSide(square) : null, parsed.GetValue(_frozenNorm))),
                Recipe = entry is not ClassifierEntry ? null : _classifier.Recipe(parsed, c.Recipe ?? new ClassificationRecipe()),
                Segmenter = segmenter,
                Segmentation = entry is not SegmenterEntry ? null
                    : _segmenter.Recipe(parsed, c.Segmentation ?? new SegmentationRecipe(), _classifier.Smoothing(parsed)),
                AutoEncoder = entry is not AutoEncoderEntry ? null : (c.AutoEncoder ?? new AutoEncoderOptions()) is var options && size is { } side
                    ? options with { ImageSize = SquareSide(side) } : options,
                Training = Training(parsed, c.Training),
            };
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new UsageException(Verb.Plain(error.Message));
        }
    }

    private static int SquareSide(NetworkSize size) => size.Short == size.Long ? size.Short : throw new UsageException(
        $"--size: {size.Short}x{size.Long} arrived, but this model takes squares, such as {size.Short}x{size.Short}.");

    private TrainingOptions Training(ParseResult parsed, TrainingOptions t) => t with
    {
        Epochs = parsed.GetValue(_epochs) ?? t.Epochs,
        BatchSize = parsed.GetValue(_batch) ?? t.BatchSize,
        Accumulation = parsed.GetValue(_accumulate) ?? t.Accumulation,
        Optimizer = parsed.GetValue(_optimizer) ?? t.Optimizer,
        LearningRate = parsed.GetValue(_rate) ?? t.LearningRate,
        Momentum = parsed.GetValue(_momentum) ?? t.Momentum,
        Nesterov = parsed.GetValue(_nesterov) || t.Nesterov,
        WeightDecay = parsed.GetValue(_decay) ?? t.WeightDecay,
        DecayNormAndBias = !parsed.GetValue(_sparesNorm) && t.DecayNormAndBias,
        LayerDecay = parsed.GetValue(_layerDecay) ?? t.LayerDecay,
        Schedule = parsed.GetValue(_schedule) ?? t.Schedule,
        Milestones = Options.List(parsed, _milestones) ?? t.Milestones,
        Patience = parsed.GetValue(_patience) ?? t.Patience,
        WarmUpSteps = parsed.GetValue(_warmUp) ?? t.WarmUpSteps,
        ClipNorm = parsed.GetValue(_clip) ?? t.ClipNorm,
        EmaDecay = parsed.GetValue(_ema) ?? t.EmaDecay,
        Precision = parsed.GetValue(_precision) ?? t.Precision,
        Freeze = parsed.GetValue(_freeze) ?? t.Freeze,
        ValidateEvery = parsed.GetValue(_validateEvery) ?? t.ValidateEvery,
        EarlyStopping = parsed.GetValue(_earlyStopping) ?? t.EarlyStopping,
        CheckpointEvery = parsed.GetValue(_checkpointEvery) ?? t.CheckpointEvery,
        Workers = parsed.GetValue(_workers) ?? t.Workers,
        Seed = parsed.GetValue(_seed) ?? t.Seed,
        Device = parsed.GetValue(_device) ?? t.Device,
        Augmentation = _detector.Augmentation(parsed, t.Augmentation) with
        {
            HorizontalFlip = parsed.GetValue(_flip) ?? t.Augmentation.HorizontalFlip,
            VerticalFlip = parsed.GetValue(_verticalFlip) ?? t.Augmentation.VerticalFlip,
            ColorJitter = parsed.GetValue(_jitter) ?? t.Augmentation.ColorJitter,
            MinScale = Options.List(parsed, _scale)?[0] ?? t.Augmentation.MinScale,
            MaxScale = Options.List(parsed, _scale)?[1] ?? t.Augmentation.MaxScale,
        },
    };

    private static RunConfig Load(string option, string path)
    {
        Verb.ExpectFile(option, path);
        return RunConfig.FromYaml(File.ReadAllText(path), path);
    }

    private static string Told(string description, IConvertible fallback) =>
        FormattableString.Invariant($"{description} (default: {fallback})");

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };
}
