using System.CommandLine;
using System.CommandLine.Parsing;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The options of <c>fovea train</c>, and the configuration that follows from them. What is not given keeps the value
/// of the configuration file, or else the default.</summary>
internal sealed class TrainOptions
{
    private readonly Option<string?> _config = Text("--config", "Take every choice from a run.yaml; other options change it", "FILE");
    private readonly Option<string?> _resume = Text("--resume", "Go on with the run in this folder", "FOLDER");
    private readonly Option<string?> _model = Text("--model", "The model; see 'fovea models'", "ID");
    private readonly Option<string?> _data = Text("--data", "A PASCAL VOC or COCO folder, or a COCO .json file", "PATH");
    private readonly Option<string?> _trainSplit = Text("--train-split", "Split to learn from (default: train)", "NAME");
    private readonly Option<string?> _valSplit = Text("--val-split", "Split to measure on (default: val)", "NAME");
    private readonly Option<string?> _output = Text("--output", "Folder of the run (default: runs/<name of the data>-<model>)", "FOLDER");
    private readonly Option<string?> _weights = Text("--weights", "Start from these weights: .safetensors or .pth", "FILE");
    private readonly Option<bool> _newHead = new("--new-head") { Description = "Make the last layers anew where the weights have other classes" };
    private readonly Option<int?> _freeze = Number("--freeze", "Parts of the backbone not to train, from the input on: 0 to 5");
    private readonly Option<string?> _size = Text("--size", "Size of the pictures in the network: height x width, such as 240x320 (default: 800x1333)", "HxW");
    private readonly Option<float[]?> _anchors = new("--anchors")
    {
        Description = "Anchor sizes in pixels of the network's picture, one a pyramid level (default: 32,64,128,256,512)", HelpName = "LIST",
        CustomParser = result => Lists.Floats(result),
    };
    private readonly Option<int?> _maxDetections = Number("--max-detections", "Detections of a picture at most (default: 100)");
    private readonly Option<int?> _pyramid = Number("--pyramid-channels", "Channels of the feature pyramid (default: 256); fewer are faster");
    private readonly Option<int?> _head = Number("--head-width", "Width of the second stage's layers (default: 1024); less is faster");
    private readonly Option<int?> _regions = Number("--regions", "Regions of a picture that a step learns from (default: 512); fewer are faster");
    private readonly Option<bool> _frozenNorm = new("--frozen-norm") { Description = "Batch norm with fixed statistics: for pre-trained weights" };
    private readonly Option<int?> _epochs = Number("--epochs", "Passes over the pictures");
    private readonly Option<int?> _batch = Number("--batch", "Pictures a step");
    private readonly Option<int?> _accumulate = Number("--accumulate", "Batches whose gradients are added for one step");
    private readonly Option<OptimizerKind?> _optimizer = new("--optimizer") { Description = "sgd, adam or adamw" };
    private readonly Option<double?> _rate = Real("--lr", "Largest learning rate");
    private readonly Option<double?> _momentum = Real("--momentum", "Momentum of sgd");
    private readonly Option<bool> _nesterov = new("--nesterov") { Description = "Nesterov's momentum" };
    private readonly Option<double?> _decay = Real("--weight-decay", "Weight decay");
    private readonly Option<ScheduleKind?> _schedule = new("--schedule") { Description = "constant, multistep, cosine, poly or plateau" };
    private readonly Option<float[]?> _milestones = new("--milestones")
    {
        Description = "Epochs after which multistep divides the rate by 10, such as 16,22", HelpName = "LIST", CustomParser = result => Lists.Floats(result),
    };
    private readonly Option<int?> _patience = Number("--patience", "Validations without improvement before plateau divides the rate by 10");
    private readonly Option<int?> _warmUp = Number("--warm-up", "Steps over which the learning rate rises");
    private readonly Option<double?> _clip = Real("--clip", "Largest norm of the gradients; 0 for no limit");
    private readonly Option<double?> _ema = Real("--ema", "Decay of the averaged weights, such as 0.998; 0 for none");
    private readonly Option<Precision?> _precision = new("--precision") { Description = "float32, bfloat16 or float16" };
    private readonly Option<double?> _flip = Real("--flip", "Chance of a left-right flip");
    private readonly Option<double?> _verticalFlip = Real("--vertical-flip", "Chance of a top-bottom flip");
    private readonly Option<double?> _jitter = Real("--color-jitter", "Strength of random colour changes, 0 to 1");
    private readonly Option<float[]?> _scale = new("--scale-jitter")
    {
        Description = "Smallest and largest random zoom, such as 0.7,1.4", HelpName = "MIN,MAX", CustomParser = result => Lists.Floats(result),
    };
    private readonly Option<int?> _validateEvery = Number("--validate-every", "Epochs from one validation to the next");
    private readonly Option<int?> _earlyStopping = Number("--early-stopping", "Stop after so many validations without improvement; 0 never");
    private readonly Option<int?> _checkpointEvery = Number("--checkpoint-every", "Steps from one checkpoint to the next within an epoch; 0 for none");
    private readonly Option<int?> _workers = Number("--workers", "Threads that read pictures ahead");
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Where every random choice comes from", HelpName = "N" };
    private readonly Option<string?> _device = Text("--device", "cpu, cuda or cuda:N (default: cpu)", "DEVICE");
    private readonly Option<string?> _libtorch = Verb.LibTorch();
    private readonly Option<int?> _threads = Verb.Threads();

    public void AddTo(Command verb)
    {
        foreach (Option option in (Option[])[_model, _data, _trainSplit, _valSplit, _output, _resume, _config, _weights, _newHead, _freeze, _size, _anchors,
            _maxDetections, _pyramid, _head, _regions, _frozenNorm, _epochs, _batch, _accumulate, _optimizer, _rate, _momentum, _nesterov, _decay, _schedule, _milestones,
            _patience, _warmUp, _clip, _ema, _precision, _flip, _verticalFlip, _jitter, _scale, _validateEvery, _earlyStopping, _checkpointEvery,
            _workers, _seed, _device, _libtorch, _threads]) verb.Options.Add(option);
    }

    public string? LibTorchPath(ParseResult parsed) => parsed.GetValue(_libtorch);

    public int? ThreadCount(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>The configuration and the run's folder.</summary>
    /// <exception cref="UsageException">Options are missing or contradict each other.</exception>
    public (RunConfig Config, string Folder) Resolve(ParseResult parsed)
    {
        if (parsed.GetValue(_resume) is { } folder) return (ResumedConfig(parsed, folder), folder);
        RunConfig config = parsed.GetValue(_config) is { } file ? Load(file) : new RunConfig();
        config = Apply(parsed, config);
        if (config.Model.Length == 0) throw new UsageException($"--model is missing. Known models: {string.Join(", ", ModelZoo.Entries.Select(e => e.Id))}.");
        if (ModelZoo.Entries.All(entry => entry.Id != config.Model))
            throw new UsageException($"--model: there is no '{config.Model}'. Known models: {string.Join(", ", ModelZoo.Entries.Select(e => e.Id))}.");
        if (config.Data.Length == 0) throw new UsageException("--data is missing: a PASCAL VOC or COCO folder with your pictures.");
        string output = parsed.GetValue(_output) ?? Path.Combine("runs", $"{Path.GetFileName(Path.GetFullPath(config.Data).TrimEnd('/'))}-{config.Model}");
        if (new RunFolder(output).CanResume)
            throw new UsageException($"{output} already holds a run. Go on with it (--resume {output}), or give the new one another folder (--output).");
        return (config, output);
    }

    // A run goes on as it began: only where it runs may change.
    private RunConfig ResumedConfig(ParseResult parsed, string folder)
    {
        string path = Path.Combine(folder, "run.yaml");
        if (!File.Exists(path)) throw new UsageException($"--resume {folder}: there is no run in it (no run.yaml).");
        Option? other = parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit).Select(result => result.Option)
            .FirstOrDefault(option => option != _resume && option != _device && option != _workers && option != _threads && option != _libtorch && option != _data);
        if (other is not null)
            throw new UsageException($"{other.Name} cannot be given with --resume: the run goes on as it began. To change it, start a new run with --config {path}.");
        RunConfig config = Load(path);
        return config with
        {
            Data = parsed.GetValue(_data) ?? config.Data,
            Training = config.Training with { Device = parsed.GetValue(_device) ?? config.Training.Device, Workers = parsed.GetValue(_workers) ?? config.Training.Workers },
        };
    }

    private RunConfig Apply(ParseResult parsed, RunConfig c)
    {
        TrainingOptions t = c.Training;
        AugmentationOptions a = t.Augmentation;
        try
        {
            (int? min, int? max) = Lists.Size(parsed.GetValue(_size));
            float[]? scale = List(parsed, _scale);
            if (scale is not (null or [_, _])) throw new UsageException("--scale-jitter takes two factors, such as 0.7,1.4.");
            return c with
            {
                Model = parsed.GetValue(_model) ?? c.Model,
                Data = parsed.GetValue(_data) ?? c.Data,
                TrainSplit = parsed.GetValue(_trainSplit) ?? c.TrainSplit,
                ValSplit = parsed.GetValue(_valSplit) ?? c.ValSplit,
                Weights = parsed.GetValue(_weights) ?? c.Weights,
                NewHead = parsed.GetValue(_newHead) || c.NewHead,
                Settings = c.Settings.With(new DetectorSettings
                {
                    MinSize = min, MaxSize = max, AnchorSizes = List(parsed, _anchors), DetectionsPerImage = parsed.GetValue(_maxDetections),
                    PyramidChannels = parsed.GetValue(_pyramid), HeadWidth = parsed.GetValue(_head), TrainingRegions = parsed.GetValue(_regions),
                    FrozenBatchNorm = parsed.GetValue(_frozenNorm) ? true : null,
                }),
                Training = t with
                {
                    Epochs = parsed.GetValue(_epochs) ?? t.Epochs,
                    BatchSize = parsed.GetValue(_batch) ?? t.BatchSize,
                    Accumulation = parsed.GetValue(_accumulate) ?? t.Accumulation,
                    Optimizer = parsed.GetValue(_optimizer) ?? t.Optimizer,
                    LearningRate = parsed.GetValue(_rate) ?? t.LearningRate,
                    Momentum = parsed.GetValue(_momentum) ?? t.Momentum,
                    Nesterov = parsed.GetValue(_nesterov) || t.Nesterov,
                    WeightDecay = parsed.GetValue(_decay) ?? t.WeightDecay,
                    Schedule = parsed.GetValue(_schedule) ?? t.Schedule,
                    Milestones = List(parsed, _milestones)?.Select(m => (int)m).ToArray() ?? t.Milestones,
                    Patience = parsed.GetValue(_patience) ?? t.Patience,
                    WarmUpSteps = parsed.GetValue(_warmUp) ?? t.WarmUpSteps,
                    ClipNorm = parsed.GetValue(_clip) ?? t.ClipNorm,
                    EmaDecay = parsed.GetValue(_ema) ?? t.EmaDecay,
                    Precision = parsed.GetValue(_precision) ?? t.Precision,
                    FrozenStages = parsed.GetValue(_freeze) ?? t.FrozenStages,
                    ValidateEvery = parsed.GetValue(_validateEvery) ?? t.ValidateEvery,
                    EarlyStopping = parsed.GetValue(_earlyStopping) ?? t.EarlyStopping,
                    CheckpointEvery = parsed.GetValue(_checkpointEvery) ?? t.CheckpointEvery,
                    Workers = parsed.GetValue(_workers) ?? t.Workers,
                    Seed = parsed.GetValue(_seed) ?? t.Seed,
                    Device = parsed.GetValue(_device) ?? t.Device,
                    Augmentation = a with
                    {
                        HorizontalFlip = parsed.GetValue(_flip) ?? a.HorizontalFlip,
                        VerticalFlip = parsed.GetValue(_verticalFlip) ?? a.VerticalFlip,
                        ColorJitter = parsed.GetValue(_jitter) ?? a.ColorJitter,
                        MinScale = scale?[0] ?? a.MinScale,
                        MaxScale = scale?[1] ?? a.MaxScale,
                    },
                },
            };
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new UsageException(error.Message);
        }
    }

    // An option that is not given has an empty list.
    private static float[]? List(ParseResult parsed, Option<float[]?> option) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : null;

    private static RunConfig Load(string path) => RunConfig.FromYaml(File.ReadAllText(path), path);

    private static Option<string?> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };

    private static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "N" };

    private static Option<double?> Real(string name, string description) => new(name) { Description = description, HelpName = "X" };
}
