using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Runs the training of a task: steps, learning rate, average of the weights, validation, checkpoints, exact resume.</summary>
/// <remarks>On the CPU with the same number of threads a run that was killed and resumed ends with the same weights, bit for bit,
/// as one that was not: a checkpoint holds the optimiser's state, the averages, the random generator and the place in the data.</remarks>
/// <typeparam name="TBatch">The task's prepared batches.</typeparam>
public sealed class Trainer<TBatch> : IDisposable where TBatch : class, IDisposable
{
    private readonly TrainingTask<TBatch> _task;
    private readonly TrainingOptions _options;
    private readonly RunFolder _folder;
    private readonly ITrainingObserver _observer;
    private readonly Device _device;
    private readonly Generator _generator;
    private readonly Optimizer _optimizer;
    private readonly LearningRatePlan _plan;
    private readonly WeightAverage? _average;
    private readonly LossScaler _scaler;
    private TrainingProgress _progress = new();

    /// <summary>Prepares a run; with a checkpoint in the folder, one that goes on from there.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where everything is written.</param>
    /// <param name="observer">Who watches.</param>
    /// <exception cref="TensorFileException">The folder's checkpoint is damaged or belongs to another model.</exception>
    public Trainer(TrainingTask<TBatch> task, TrainingOptions options, RunFolder folder, ITrainingObserver observer)
    {
        _task = task;
        _options = options;
        _folder = folder;
        _observer = observer;
        _device = Device.Parse(options.Device);
        _generator = new Generator(options.Seed);
        _task.Model.To(_device);
        Freeze();
        _optimizer = OptimizerFactory.Create(_task.Model, options);
        _plan = new LearningRatePlan(options, StepsPerEpoch);
        _average = options.EmaDecay > 0 ? new WeightAverage(_task.Model, options.EmaDecay) : null;
        _scaler = new LossScaler(options.Precision == Precision.Float16);
        if (folder.CanResume) Resume();
    }

    /// <summary>Optimiser steps of an epoch: batches over accumulation, rounded up.</summary>
    private int StepsPerEpoch => (_task.BatchesPerEpoch + _options.Accumulation - 1) / _options.Accumulation;

    /// <summary>Trains to the end, or until cancelled: then the last checkpoint holds the place.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; a checkpoint of this moment is saved.</exception>
    /// <exception cref="TrainingDivergedException">A loss was infinite or not a number.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        _observer.OnStart(_progress.Step);
        try
        {
            while (_progress.Epoch < _options.Epochs && !StopsEarly)
            {
                RunEpoch(cancellation);
                _progress = _progress with { Epoch = _progress.Epoch + 1, Batch = 0 };
                if (_progress.Epoch % _options.ValidateEvery == 0 || _progress.Epoch == _options.Epochs) Validate(cancellation);
                SaveLast();
            }
        }
        catch (OperationCanceledException)
        {
            // Only whole steps are saved: gradients gathered since the last one are computed again.
            if (_progress.IsAtStep) SaveLast();
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
        foreach (Module[] stage in _task.Stages.Take(_options.FrozenStages))
            foreach (Module module in stage) module.Train(false);   // frozen batch norm keeps its statistics

        foreach (TBatch batch in _task.Batches(_progress.Epoch, _progress.Batch, cancellation))
        {
            using (batch)
            {
                cancellation.ThrowIfCancellationRequested();
                bool takesStep = (_progress.Batch + 1) % _options.Accumulation == 0 || _progress.Batch + 1 == _task.BatchesPerEpoch;
                double rate = _plan.Rate(_progress.Step, _progress.Decays);
                IReadOnlyDictionary<string, double> losses = Learn(batch, takesStep, rate);
                _progress = _progress with { Batch = _progress.Batch + 1, Step = _progress.Step + (takesStep ? 1 : 0), IsAtStep = takesStep };
                Report(losses, rate);
            }
            if (_options.CheckpointEvery > 0 && _progress.IsAtStep && _progress.Step % _options.CheckpointEvery == 0
                && _progress.Batch < _task.BatchesPerEpoch) SaveLast();
        }
    }

    private IReadOnlyDictionary<string, double> Learn(TBatch batch, bool takesStep, double rate)
    {
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> losses = Losses(batch);
        Tensor total = losses.Values.Aggregate((sum, loss) => sum + loss);
        var values = losses.ToDictionary(loss => loss.Key, loss => loss.Value.Item());
        values["loss"] = total.Item();
        if (values.Values.Any(value => !double.IsFinite(value))) throw Diverged(batch, values);

        (total * (_scaler.Scale / _options.Accumulation)).Backward();
        if (!takesStep) return values;
        if (_scaler.Unscale(_task.Model.Parameters()))
        {
            if (_options.ClipNorm > 0) GradientClip.ByNorm(_task.Model.Parameters(), _options.ClipNorm);
            foreach (ParameterGroup group in _optimizer.Groups) group.LearningRate = rate;
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

    private TrainingDivergedException Diverged(TBatch batch, IReadOnlyDictionary<string, double> losses)
    {
        string path = Path.Combine(_folder.Path, "diverged.safetensors");
        _task.Save(batch, path);
        string place = DivergenceReport.FirstBadPlace(_task.Model, () => Losses(batch));
        return new TrainingDivergedException(
            $"The loss is not a finite number after {_progress.Step} steps ({DivergenceReport.Losses(losses)}); {place}. " +
            $"The batch is saved in {path}: {_task.Describe(batch)}. The last checkpoint is from before this step.");
    }

    private void Validate(CancellationToken cancellation)
    {
        _average?.Swap();
        try
        {
            _task.Model.Train(false);
            IReadOnlyDictionary<string, double> metrics = _task.Validate(_device, _folder.PicturesPath, cancellation);
            double main = metrics[_task.MainMetric];
            bool best = !(main <= _progress.Best);                       // also when there is no best yet
            _progress = best
                ? _progress with { Best = main, BestEpoch = _progress.Epoch, WithoutImprovement = 0, SinceDecay = 0 }
                : _progress with { WithoutImprovement = _progress.WithoutImprovement + 1, SinceDecay = _progress.SinceDecay + 1 };
            if (_options.Schedule == ScheduleKind.Plateau && _progress.SinceDecay >= _options.Patience)
                _progress = _progress with { Decays = _progress.Decays + 1, SinceDecay = 0 };
            if (best) Checkpoint.Write(_folder.BestPath, _task.Model.StateDict(), WithMetrics(metrics));
            _folder.AppendMetrics(_progress.Step, [new("epoch", _progress.Epoch), .. metrics.Select(m => KeyValuePair.Create("val." + m.Key, (object)m.Value))]);
            _observer.OnValidation(new ValidationReport(_progress.Step, _progress.Epoch, _options.Epochs, metrics, _task.MainMetric, best));
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
        _folder.AppendMetrics(_progress.Step,
            [new("epoch", _progress.Epoch + 1), new("lr", rate), .. losses.Select(loss => KeyValuePair.Create(loss.Key, (object)loss.Value))]);
        _observer.OnStep(new StepReport(_progress.Step, _progress.Epoch + 1, _options.Epochs, _progress.Batch, _task.BatchesPerEpoch,
            _options.BatchSize, rate, losses));
    }

    private void SaveLast()
    {
        using var scope = new TensorScope();
        IEnumerable<(string, Tensor)> training = _optimizer.StateDict().Select(entry => ("optimizer." + entry.Name, entry.Value))
            .Concat(_average?.State.Select(entry => ("average." + entry.Name, entry.Value)) ?? [])
            .Append(("generator", _generator.GetState()))
            .Append(("default_generator", Generator.Default(Device.Cpu).GetState()));
        _progress = _progress with { LossScale = _scaler.Scale, LossScaleSteps = _scaler.GoodSteps };
        Checkpoint.Write(_folder.LastPath, _task.Model.StateDict(), new Dictionary<string, string>(_task.Metadata)
        {
            [Checkpoint.TrainingKey] = Checkpoint.ToJson(_progress),
        }, training);
    }

    private void Resume()
    {
        using var scope = new TensorScope();
        using Checkpoint checkpoint = Checkpoint.Open(_folder.LastPath);
        _progress = checkpoint.TrainingProgress
            ?? throw new TensorFileException(_folder.LastPath, "it holds a model but not the state of a training run, so no run can go on from it.");
        checkpoint.LoadInto(_task.Model);
        _optimizer.LoadState(checkpoint.Training("optimizer."), _folder.LastPath);
        _average?.Load(checkpoint.Training("average."), _folder.LastPath);
        _generator.SetState(checkpoint.TrainingTensor("generator"));
        Generator.Default(Device.Cpu).SetState(checkpoint.TrainingTensor("default_generator"));
        (_scaler.Scale, _scaler.GoodSteps) = (_progress.LossScale, _progress.LossScaleSteps);
        _folder.TruncateMetrics(_progress.Step);
        _observer.OnMessage($"Going on after {_progress.Step} steps, in epoch {_progress.Epoch + 1} of {_options.Epochs}.");
    }

    private void Freeze()
    {
        if (_options.FrozenStages > _task.Stages.Count)
            throw new ArgumentException($"{_options.FrozenStages} stages should be frozen, but the model has {_task.Stages.Count}.");
        foreach (Module[] stage in _task.Stages.Take(_options.FrozenStages))
            foreach (Module module in stage)
                foreach (Tensor parameter in module.Parameters()) parameter.RequiresGrad = false;
    }
}

/// <summary>Where a run stands: what a checkpoint keeps beside tensors.</summary>
public sealed record TrainingProgress
{
    /// <summary>Finished epochs.</summary>
    public int Epoch { get; init; }

    /// <summary>Finished batches of the present epoch.</summary>
    public int Batch { get; init; }

    /// <summary>Optimiser steps taken.</summary>
    public long Step { get; init; }

    /// <summary>Whether the last batch ended a step, so that no gradient is pending.</summary>
    public bool IsAtStep { get; init; } = true;

    /// <summary>Best value of the main metric so far, NaN before the first validation.</summary>
    public double Best { get; init; } = double.NaN;

    /// <summary>Epoch that reached it, from 1.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Validations since then.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Validations without improvement since the learning rate was last lowered.</summary>
    public int SinceDecay { get; init; }

    /// <summary>How often a plateau lowered the learning rate.</summary>
    public int Decays { get; init; }

    /// <summary>Factor on the loss in 16-bit training.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>Steps since it changed.</summary>
    public int LossScaleSteps { get; init; }
}
