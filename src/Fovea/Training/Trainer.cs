using System.Globalization;
using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Runs the training of a task: steps, learning rate, average of the weights, validation, checkpoints, exact resume.</summary>
/// <remarks>On the CPU with the same number of threads a run that was killed and resumed ends with the same weights, bit for bit,
/// as one that was not: a checkpoint holds the optimiser's state, the averages, the random generators and the place in the data.
/// Several processes train together where each is given its place in their group: all take the same steps, stop at the same step and
/// end with the same weights; process 0 alone measures, writes files and tells the observer.</remarks>
/// <typeparam name="TBatch">The task's prepared batches.</typeparam>
public sealed class Trainer<TBatch> : IDisposable where TBatch : class, IDisposable
{
    private readonly TrainingTask<TBatch> _task;
    private readonly TrainingOptions _options;
    private readonly RunFolder _folder;
    private readonly ITrainingObserver _observer;
    private readonly Device _device;
    private readonly int _frozenStages;
    private readonly Generator _generator;
    private readonly Optimizer _optimizer;
    private readonly LearningRatePlan _plan;
    private readonly WeightAverage? _average;
    private readonly LossScaler _scaler;
    private readonly TrainingTeam _team;
    private readonly GradientAverage? _gradients;
    private TrainingProgress _progress = new();

    /// <summary>Prepares a run; with a checkpoint in the folder, one that goes on from there.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where everything is written.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="group">The processes that train together, or null where this one is alone. The task's batches must be this
    /// process's parts.</param>
    /// <exception cref="TensorFileException">The folder's checkpoint is damaged or belongs to another model.</exception>
    /// <exception cref="ArgumentException">The processes of the group are not about to do the same.</exception>
    public Trainer(TrainingTask<TBatch> task, TrainingOptions options, RunFolder folder, ITrainingObserver observer,
        ProcessGroup? group = null)
    {
        _task = task;
        _options = options;
        _folder = folder;
        _observer = observer;
        _device = Device.Parse(options.Device);
        _team = new TrainingTeam(group);
        _team.ExpectSame(Facts());
        _generator = new Generator(_team.Seed(options.Seed));
        _task.Model.To(_device);
        _frozenStages = FrozenStages(options.Freeze, task.Stages);
        Freeze();
        if (group is not null)
        {
            if (group.UseDevice(_device, out string obstacle)) Tell("Gradients travel from GPU to GPU by NCCL.");
            else if (_device.IsCuda)
                Tell("Gradients travel through the CPU's memory " +
                    $"({(obstacle.Length > 0 ? obstacle : "another process cannot use NCCL")}).");
            _gradients = new GradientAverage(_task.Model, group);
            _gradients.Begin();
        }
        _optimizer = OptimizerFactory.Create(_task, options);
        _plan = new LearningRatePlan(options, StepsPerEpoch);
        _average = options.EmaDecay > 0 ? new WeightAverage(_task.Model, options.EmaDecay) : null;
        _scaler = new LossScaler(options.Precision == Precision.Float16);
        try
        {
            if (folder.CanResume) Resume();
            else Begin();
            _team.ExpectSame([$"place {Checkpoint.ToJson(_progress)}"]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Optimiser steps of an epoch: batches over accumulation, rounded up.</summary>
    private int StepsPerEpoch => (_task.BatchesPerEpoch + _options.Accumulation - 1) / _options.Accumulation;

    /// <summary>Trains to the end, or until cancelled: then the last checkpoint holds the place.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, which takes effect when the present step is done; a checkpoint of
    /// this moment is saved.</exception>
    /// <exception cref="TrainingDivergedException">A loss was infinite or not a number.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        _observer.OnStart(_progress.Step);
        try
        {
            while (_progress.Epoch < _options.Epochs && !StopsEarly)
            {
                RunEpoch(cancellation);
                int epoch = _progress.Epoch + 1;
                if (epoch % _options.ValidateEvery == 0 || epoch == _options.Epochs)
                {
                    SaveLast();   // a run that is stopped while it measures goes on with measuring
                    Validate(epoch, cancellation);
                }
                _progress = _progress with { Epoch = epoch, Batch = 0 };
                SaveLast();
            }
        }
        catch (OperationCanceledException)
        {
            SaveLast();   // it is cancelled between steps only, so that no gradient is lost
            throw;
        }
        return new TrainingResult(_progress.Step, _progress.Best, _progress.BestEpoch, StopsEarly);
    }

    /// <summary>Releases the optimiser's and the averages' memory; the model is the caller's.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        _generator.Dispose();
    }

    private bool StopsEarly => _options.EarlyStopping > 0 && _progress.WithoutImprovement >= _options.EarlyStopping;

    private void RunEpoch(CancellationToken cancellation)
    {
        _task.Model.Train();
        foreach ((_, Module module) in _task.Model.NamedModules().Where(entry => IsFrozen(entry.Name)))
            module.Train(false);   // frozen batch norm keeps its statistics

        StopIfAsked(cancellation);
        foreach (TBatch batch in _task.Batches(_progress.Epoch, _progress.Batch))
        {
            bool takesStep = (_progress.Batch + 1) % _options.Accumulation == 0 || _progress.Batch + 1 == _task.BatchesPerEpoch;
            using (batch)
            {
                double rate = _plan.Rate(_progress.Step, _progress.Decays);
                IReadOnlyDictionary<string, double> losses = Learn(batch, takesStep, rate);
                _progress = _progress with { Batch = _progress.Batch + 1, Step = _progress.Step + (takesStep ? 1 : 0) };
                Report(losses, rate);
            }
            if (!takesStep) continue;
            StopIfAsked(cancellation);
            if (_options.CheckpointEvery > 0 && _progress.Step % _options.CheckpointEvery == 0 && _progress.Batch < _task.BatchesPerEpoch)
                SaveLast();
        }
    }

    // All processes stop at the same step, whichever of them is asked to.
    private void StopIfAsked(CancellationToken cancellation)
    {
        if (_team.Any(cancellation.IsCancellationRequested)) throw new OperationCanceledException(cancellation);
    }

    // Batches whose gradients make the present step: fewer at the end of an epoch.
    private int BatchesOfStep
    {
        get
        {
            int first = _progress.Batch / _options.Accumulation * _options.Accumulation;
            return Math.Min(_options.Accumulation, _task.BatchesPerEpoch - first);
        }
    }

    private IReadOnlyDictionary<string, double> Learn(TBatch batch, bool takesStep, double rate)
    {
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> losses = Losses(batch);
        Tensor total = losses.Values.Aggregate((sum, loss) => sum + loss);
        var own = losses.ToDictionary(loss => loss.Key, loss => loss.Value.Item());
        own["loss"] = total.Item();
        (IReadOnlyDictionary<string, double> values, double share) = _team.Mean(own, _task.PictureCount(batch));
        if (values.Values.Any(value => !double.IsFinite(value))) throw Diverged(batch, own);

        (total * (share * _scaler.Scale / BatchesOfStep)).Backward();
        if (!takesStep) return values;
        _gradients?.Exchange();
        if (_scaler.Unscale(_task.Model.Parameters()))
        {
            if (_options.ClipNorm > 0) GradientClip.ByNorm(_task.Model.Parameters(), _options.ClipNorm);
            foreach (ParameterGroup group in _optimizer.Groups) group.LearningRate = rate * group.RateScale;
            _optimizer.Step();
            _average?.Update(_progress.Step);
        }
        _optimizer.ZeroGrad();
        return values;
    }

    private IReadOnlyDictionary<string, Tensor> Losses(TBatch batch)
    {
        using Autocast? autocast = _options.Precision switch
        {
            Precision.BFloat16 => new Autocast(_device, DType.BFloat16),
            Precision.Float16 => new Autocast(_device, DType.Float16),
            _ => null,
        };
        return _task.ComputeLosses(batch, _device, _generator);
    }

    // Where several processes train, the first one whose loss is bad saves its batch, and all say the same.
    private TrainingDivergedException Diverged(TBatch batch, IReadOnlyDictionary<string, double> losses) =>
        new(_team.Hear(losses.Values.Any(value => !double.IsFinite(value)), () =>
        {
            string path = Path.Combine(_folder.Path, "diverged.safetensors");
            _task.Save(batch, path);
            string place = DivergenceReport.FirstBadPlace(_task.Model, () => Losses(batch));
            return $"The loss is not a finite number after {_progress.Step} steps ({DivergenceReport.Losses(losses)}); {place}. " +
                $"The batch is saved in {path}: {_task.Describe(batch)}. The last checkpoint is from before this step.";
        }));

    private void Validate(int epoch, CancellationToken cancellation)
    {
        _average?.Swap();
        try
        {
            _task.Model.Train(false);
            IReadOnlyDictionary<string, double>? metrics = null;   // of process 0, which measures while the others wait
            double main = _team.OnLeader(() => (metrics = _task.Validate(_device, _folder.PicturesPath, cancellation))[_task.Metrics.Main]);
            bool best = main > _progress.Best || (double.IsNaN(_progress.Best) && !double.IsNaN(main));
            _progress = best
                ? _progress with { Best = main, BestEpoch = epoch, WithoutImprovement = 0, SinceDecay = 0 }
                : _progress with { WithoutImprovement = _progress.WithoutImprovement + 1, SinceDecay = _progress.SinceDecay + 1 };
            if (_options.Schedule == ScheduleKind.Plateau && _progress.SinceDecay >= _options.Patience)
                _progress = _progress with { Decays = _progress.Decays + 1, SinceDecay = 0 };
            if (metrics is null) return;
            if (best) Checkpoint.Write(_folder.BestPath, _task.Model.StateDict(), WithMetrics(metrics));
            _folder.AppendMetrics(_progress.Step,
                [new("epoch", epoch), .. metrics.Select(m => KeyValuePair.Create("val." + m.Key, (object)m.Value))]);
            _observer.OnValidation(new ValidationReport(_progress.Step, epoch, _options.Epochs, metrics, _task.Metrics.Main, best));
        }
        finally
        {
            _average?.Swap();
        }
    }

    private Dictionary<string, string> WithMetrics(IReadOnlyDictionary<string, double> metrics) => new(_task.Metadata)
    {
        [Checkpoint.MetricsKey] = Checkpoint.ToJson(metrics),
    };

    private void Report(IReadOnlyDictionary<string, double> losses, double rate)
    {
        if (!_team.Leads) return;
        _folder.AppendMetrics(_progress.Step,
            [new("epoch", _progress.Epoch + 1), new("lr", rate),
                .. losses.Select(loss => KeyValuePair.Create(loss.Key, (object)loss.Value))]);
        _observer.OnStep(new StepReport(_progress.Step, _progress.Epoch + 1, _options.Epochs, _progress.Batch, _task.BatchesPerEpoch,
            rate, losses));
    }

    private void SaveLast()
    {
        using var scope = new TensorScope();
        if (DivergenceReport.BadParameter(_task.Model) is { } name)
            throw new TrainingDivergedException($"After {_progress.Step} steps {name} is not finite: a step went too far; lower the " +
                "learning rate. The last checkpoint is from before that.");
        // Gathered from all processes, so each comes here; process 0 writes.
        (string, Tensor)[] generators = [("generator", _team.Gather(_generator.GetState())),
            .. DefaultGenerators().Select(entry => (entry.Name, _team.Gather(State(entry.Device))))];
        if (!_team.Leads) return;
        IEnumerable<(string, Tensor)> training = _optimizer.StateDict().Select(entry => ("optimizer." + entry.Name, entry.Value))
            .Concat(_average?.State.Select(entry => ("average." + entry.Name, entry.Value)) ?? [])
            .Concat(generators);
        _progress = _progress with
        {
            LossScale = _scaler.Scale, LossScaleSteps = _scaler.GoodSteps, Processes = _team.Size, MetricsLength = _folder.MetricsLength,
        };
        Checkpoint.Write(_folder.LastPath, _task.Model.StateDict(), new Dictionary<string, string>(_task.Metadata)
        {
            [Checkpoint.TrainingKey] = Checkpoint.ToJson(_progress),
        }, training);

        static Tensor State(Device device)
        {
            using Generator generator = Generator.Default(device);
            return generator.GetState();
        }
    }

    // Those that dropout and the like draw from.
    private IEnumerable<(string Name, Device Device)> DefaultGenerators()
    {
        yield return ("default_generator", Device.Cpu);
        if (_device.IsCuda) yield return ("default_generator.cuda", _device);
    }

    private void Begin()
    {
        if (_team.Leads) _folder.TruncateMetrics(0);   // of a run that was killed before its first checkpoint
        foreach ((_, Device device) in DefaultGenerators())
        {
            using Generator generator = Generator.Default(device);
            generator.Seed(_team.Seed(_options.Seed));   // libtorch seeds it by chance
        }
    }

    private void Resume()
    {
        using var scope = new TensorScope();
        using Checkpoint checkpoint = Checkpoint.Open(_folder.LastPath);
        _progress = checkpoint.TrainingProgress
            ?? throw new TensorFileException(_folder.LastPath,
                "it holds a model but not the state of a training run, so no run can go on from it.");
        if (_progress.Processes != _team.Size)
            throw new TensorFileException(_folder.LastPath, $"the run's processes were {_progress.Processes}, but to go on with it came " +
                $"{_team.Size}. Start as many as before (WORLD_SIZE={_progress.Processes}), or a new run from its weights.");
        if (_progress.Epoch < 0 || _progress.Batch < 0 || _progress.Batch > _task.BatchesPerEpoch)
            throw new TensorFileException(_folder.LastPath,
                $"the run stands after batch {_progress.Batch} of epoch {_progress.Epoch + 1}, but an epoch has " +
                $"{_task.BatchesPerEpoch} batches: these are other data than the run began with.");
        checkpoint.LoadInto(_task.Model);
        _optimizer.LoadState(checkpoint.Training("optimizer."), _folder.LastPath);
        _average?.Load(checkpoint.Training("average."), _folder.LastPath);
        _generator.SetState(_team.Own(checkpoint.TrainingTensor("generator")));
        foreach ((string name, Device device) in DefaultGenerators())
        {
            if (device.IsCuda && !checkpoint.HasTrainingTensor(name)) continue;   // it ran on the CPU before
            using Generator generator = Generator.Default(device);
            generator.SetState(_team.Own(checkpoint.TrainingTensor(name)));
        }
        (_scaler.Scale, _scaler.GoodSteps) = (_progress.LossScale, _progress.LossScaleSteps);
        if (_team.Leads) _folder.TruncateMetrics(_progress.MetricsLength);
        Tell($"Going on after {_progress.Step} steps, in epoch {_progress.Epoch + 1} of {_options.Epochs}.");
    }

    private void Tell(string message)
    {
        if (_team.Leads) _observer.OnMessage(message);
    }

    // What the processes of a run must have in common, where each of them was told by itself.
    private string[] Facts() =>
    [
        $"batches of an epoch: {_task.BatchesPerEpoch}", $"a run to go on with: {_folder.CanResume}",
        .. _task.Metadata.Select(entry => $"{entry.Key} {entry.Value}"),
        .. typeof(TrainingOptions).GetProperties().Where(option => option.Name is not (nameof(_options.Device) or nameof(_options.Workers)))
            .Select(option => $"{option.Name} {Checkpoint.ToJson(option.GetValue(_options))}"),
    ];

    private bool IsFrozen(string name) => _task.Stages.Take(_frozenStages).Any(stage => stage.Owns(name));

    // Stages that are not trained, from the first on.
    private static int FrozenStages(string freeze, IReadOnlyList<BackboneStage> stages)
    {
        int count = int.TryParse(freeze, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : stages.Select(stage => stage.Name).ToList().IndexOf(freeze) + 1;
        bool known = freeze == "0" || (count > 0 && count <= stages.Count);
        return known ? count : throw new ArgumentException($"'{freeze}' should be frozen, but the model's stages are, from the input on: " +
            $"{string.Join(", ", stages.Select(stage => stage.Name))}. Name the last one to freeze, or their number, 0 to {stages.Count}.");
    }

    private void Freeze()
    {
        foreach ((_, Tensor parameter) in _task.Model.NamedParameters().Where(entry => IsFrozen(entry.Name)))
            parameter.RequiresGrad = false;
    }
}
