using Fovea.Classification;
using Fovea.Data;
using Fovea.Data.Statistics;
using Fovea.Detection;
using Fovea.Reconstruction;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>One run of <c>fovea train</c> in its folder, of whatever task its model is for; a run that lies there goes on.</summary>
/// <remarks>Of the processes of a group, process 0 writes and tells; what fails is told by each.</remarks>
internal sealed class TrainingRun
{
    // A hint is worth a line when it wins this share of the boxes.
    private const double WorthwhileCoverage = 0.05;

    private RunConfig _config;
    private readonly string _folder;
    private readonly TextWriter _error;
    private readonly ProcessGroup? _group;

    public TrainingRun(RunConfig config, string folder, TextWriter error, ProcessGroup? group = null)
    {
        (_config, _folder, _group) = (config, folder, group);
        _error = Leads ? error : TextWriter.Null;
    }

    private bool Leads => _group is null or { Rank: 0 };

    /// <summary>Trains to the end, or until cancelled; the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        if (IsFinished()) return 0;
        return ModelName.Find(_config.Model) switch
        {
            DetectorEntry => Detect(cancellation),
            ClassifierEntry => Classify(cancellation),
            SegmenterEntry => Segment(cancellation),
            AutoEncoderEntry entry => Reconstruct(entry, cancellation),
            var other => throw new UsageException($"{other.Id} cannot be trained: its task is '{other.Task}'."),
        };
    }

    // The weights to begin with, as files. A run that goes on has its own and needs these no more.
    private RunConfig Start(CancellationToken cancellation)
    {
        if (RunFolder.HoldsCheckpoint(_folder)) return _config with { Weights = null, WeightsBackbone = null };
        ModelEntry entry = ModelName.Find(_config.Model);
        return _config with
        {
            Weights = _config.Weights is { } weights ? WeightsArgument.Of(entry, weights).Fetch(_error, cancellation) : null,
            WeightsBackbone = _config.WeightsBackbone is { } backbone
                ? WeightsArgument.OfBackbone(entry, backbone).Fetch(_error, cancellation) : null,
        };
    }

    private int Detect(CancellationToken cancellation)
    {
        (IDataset train, IDataset val) = DataSource.OpenForTraining(_config);
        DetectorFamily family = ModelZoo.FindDetector(_config.Model).Family;
        if (family.FindsKeypoints) _config = _config with { Detector = WithKeypoints(_config.Detector ?? new DetectorSettings(), train) };
        if (train is not Scenes) train = Clean(train, family);
        using Detector model = DetectorBuilder.Create(Start(cancellation), train.Categories.Count + 1, _error.WriteLine);
        Tell(model, train, val);
        if (Leads && !RunFolder.HoldsCheckpoint(_folder) && train is TrainingDataset && model is FasterRcnn rcnn
            && AnchorHint(rcnn.Options, train) is { } hint)
            _error.WriteLine(hint);
        return Train(new DetectionTask(model, train, val, _config, _group), cancellation);
    }

    private TrainingDataset Clean(IDataset train, DetectorFamily family)
    {
        var clean = new TrainingDataset(train, new BoxPolicy { RequireMasks = family.FindsMasks });
        _error.WriteLine($"Boxes to learn: {clean.Report}");
        if (clean.Report.Kept > 0 && family.FindsKeypoints && !((IDataset)clean).HasLabelledKeypoints())
            throw new DataException($"{_config.Data}: no object of the split '{_config.TrainSplit}' has a labelled key point, from which " +
                $"{_config.Model} learns: name another split with --train-split, or train a detector of boxes.");
        if (clean.Report.Kept > 0) return clean;
        throw new DataException(clean.Report.WithoutMasks > 0
            ? $"{_config.Data} has no masks, which {_config.Model} learns from: train a detector of boxes on it, or give objects with outlines, " +
                "such as COCO's instances or a VOC folder with SegmentationObject."
            : $"{_config.Data}: the split '{_config.TrainSplit}' holds no object to learn: name another with --train-split.");
    }

    // The data say how many key points there are.
    private DetectorSettings WithKeypoints(DetectorSettings settings, IDataset data)
    {
        int[] counts = [.. Enumerable.Range(0, data.Categories.Count).Select(data.SkeletonOf).OfType<Skeleton>()
            .Select(skeleton => skeleton.Names.Count).Distinct()];
        if (counts.Length == 0)
            throw new DataException($"{_config.Data} has no key points, which {_config.Model} learns from: give a COCO file whose categories name " +
                "\"keypoints\", such as person_keypoints_train2017.json.");
        if (counts.Length > 1)
            throw new DataException($"{_config.Data} has classes of {string.Join(" and of ", counts)} key points, but {_config.Model} finds as " +
                "many of each object: keep the classes of one number of key points in the file.");
        return settings.KeypointCount is { } given && given != counts[0]
            ? throw new DataException($"The run is for {given} key points, but the objects of {_config.Data} have {counts[0]}.")
            : settings with { KeypointCount = counts[0] };
    }

    private int Classify(CancellationToken cancellation)
    {
        (IDataset train, IDataset val) = DataSource.OpenForTraining(_config);
        DataSource.ExpectClasses(train, _config.Data, _error);
        using Classifier model = ClassifierBuilder.Create(Start(cancellation), train.Categories.Count, _error.WriteLine);
        Tell(model.Network, train, val);
        return Train(new ClassificationTask(model, train, val, _config, _group), cancellation);
    }

    private int Segment(CancellationToken cancellation)
    {
        (IDataset train, IDataset val) = DataSource.OpenForTraining(_config);
        if (train.Categories.Count < 2)
            throw new DataException($"{_config.Data} has one class, {train.Categories[0].Name}: there is nothing to tell apart. Pixels that belong to " +
                "nothing are a class of their own, such as 'background'.");
        if (ModelZoo.FindSegmenter(_config.Model).Settings.Contains(nameof(SegmenterSettings.SecondClassCount)))
            _config = _config with { Segmenter = WithSecondMap(_config.Segmenter ?? new SegmenterSettings(), train) };
        using SegmentationModel model = SegmenterBuilder.Create(Start(cancellation), train.Categories.Count, _error.WriteLine);
        Tell(model.Network, train, val);
        return Train(new SegmentationTask(model, train, val, _config, _group), cancellation);
    }

    // The data say how many classes the second map has.
    private SegmenterSettings WithSecondMap(SegmenterSettings settings, IDataset data)
    {
        int count = data.SecondCategories.Count;
        if (count < 2)
            throw new DataException($"{_config.Data} has {(count == 0 ? "no second map of classes" : "one class in its second map")}, " +
                $"which {_config.Model} learns: give SIFT Flow, Stanford Background, or masks of other classes in masks2/ beside masks/.");
        return settings.SecondClassCount is { } given && given != count
            ? throw new DataException($"The run is for {given} classes of a second map, but {_config.Data} has {count}.")
            : settings with { SecondClassCount = count };
    }

    private int Reconstruct(AutoEncoderEntry entry, CancellationToken cancellation)
    {
        (IDataset train, IDataset val) = DataSource.OpenForTraining(_config);
        using var generator = new Generator(_config.Training.Seed);
        using AutoEncoder model = entry.Create(_config.AutoEncoder ?? new AutoEncoderOptions(), generator);
        if (Start(cancellation).Weights is { } path)
        {
            using WeightFile weights = WeightFile.Open(path);
            model.LoadState(weights.Tensors, path);
        }
        Tell(model, train, val);
        return Train(new ReconstructionTask(model, train, val, _config, _group), cancellation);
    }

    private void Tell(Module model, IDataset train, IDataset val) =>
        _error.WriteLine(FormattableString.Invariant($"Training {_config.Model} ({model.ParameterCount():N0} parameters) ") +
            $"on {train.Count} pictures, measuring on {val.Count}" +
            (_config.AutoEncoder is null ? $"; classes: {Classes(train)}." : ".") +
            (_group is null ? "" : $" {_group.Size} processes learn from {_group.Size} x {_config.Training.BatchSize} pictures at a time."));

    private static string Classes(IDataset data)
    {
        const int MostNamed = 30;
        IEnumerable<string> names = data.Categories.Take(MostNamed).Select(c => c.Name);
        return string.Join(", ", names) + (data.Categories.Count > MostNamed ? $", ... ({data.Categories.Count} in all)" : "");
    }

    private int Train<TBatch>(TrainingTask<TBatch> task, CancellationToken cancellation) where TBatch : class, IDisposable
    {
        Verb.MakeFolder("--output", _folder);
        var run = new RunFolder(_folder);
        if (Leads) run.WriteConfig(_config.ToYaml());
        using var display = new TrainingDisplay(_error, task.Metrics);
        using var events = new TensorBoardLog(run);
        using var trainer = new Trainer<TBatch>(task, _config.Training, run, new TrainingObservers(display, events), _group);
        try
        {
            TrainingResult result = trainer.Run(cancellation);
            display.ShowClasses();
            _error.WriteLine(result.BestEpoch > 0
                ? FormattableString.Invariant($"Done. Best {task.Metrics.Main} {result.Best:0.000} in epoch {result.BestEpoch}: {run.BestPath}")
                : $"Done: {run.LastPath}");
            if (Directory.Exists(run.PicturesPath)) _error.WriteLine($"Pictures of the last validation: {run.PicturesPath}");
            _error.WriteLine($"Next: fovea predict PICTURES --model {_folder}");
            return 0;
        }
        catch (OperationCanceledException)
        {
            display.Clear();
            _error.WriteLine($"Stopped. Go on with: fovea train --resume {_folder}" +
                (_group is null || Launcher.StartedThis ? "" : $" (in {_group.Size} processes again)"));
            return 1;
        }
    }

    /// <summary>A run that is complete has nothing to go on with.</summary>
    private bool IsFinished()
    {
        if (!RunFolder.HoldsCheckpoint(_folder)) return false;
        using Checkpoint last = Checkpoint.Open(Path.Combine(_folder, "last.safetensors"));
        if (last.TrainingProgress is not { } progress || progress.Epoch < _config.Training.Epochs) return false;
        _error.WriteLine($"{_folder} is complete: {progress.Epoch} epochs. To train longer, start a run from it: fovea train --config " +
            $"{Path.Combine(_folder, "run.yaml")} --weights {Path.Combine(_folder, "best.safetensors")} --output FOLDER");
        return true;
    }

    /// <summary>A line about anchors that would fit the boxes much better, or null where the chosen ones are good.</summary>
    private static string? AnchorHint(FasterRcnnOptions options, IDataset train)
    {
        if (AnchorAdvice.Compare(train, options.Transform.MinSize, options.Transform.MaxSize,
            [.. options.AnchorSizes.Select(size => (double)size)], [.. options.AspectRatios.Select(ratio => (double)ratio)])
            is not { } advice) return null;
        if (advice.Coverage - advice.ChosenCoverage < WorthwhileCoverage) return null;
        return FormattableString.Invariant($"Hint: the anchors cover {100 * advice.ChosenCoverage:0} % of the boxes (IoU 0.5); ") +
            FormattableString.Invariant($"--anchors {string.Join(",", advice.Sizes)} would cover {100 * advice.Coverage:0} %.");
    }
}
