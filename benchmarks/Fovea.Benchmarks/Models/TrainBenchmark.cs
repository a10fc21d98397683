using Fovea.Data;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Training;

namespace Fovea.Benchmarks.Models;

/// <summary>One step of a detector's training: losses, gradients, new weights.</summary>
internal sealed class TrainBenchmark(string id, bool quick) : Benchmark
{
    // So small that the weights stay where they are: every step has the same work.
    private const double LearningRate = 1e-8, Momentum = 0.9, WeightDecay = 1e-4;

    private const int Batch = 2;

    private readonly DetectorInputs _inputs = new(id, quick);

    public override string Name => _inputs.IsFirst ? "train" : $"detect-{id}-train";

    public override string Conditions => $"{id}, training step, batch {Batch} of {_inputs.Size.Height} x {_inputs.Size.Width}, float32, all layers " +
        "trained, SGD with momentum, from decoded pixels to new weights" + (_inputs.Samples ? ", 256 anchors and 512 regions a picture" : "");

    public override Goal Goal => new(Ratio: _inputs.IsFirst ? 0.8 : 1);

    public override string Peer => "detector";

    public override int Rounds => quick ? 2 : 3;

    public override bool ShowsMemory => true;

    // Samplers draw at random, from the same distribution.
    public override IReadOnlyList<Agreement> Agreements => [new("losses", _inputs.Samples ? 0.2 : 1e-3)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>(_inputs.Settings)
    {
        ["training"] = 1, ["batch"] = Batch, ["learning_rate"] = LearningRate, ["momentum"] = Momentum,
        ["weight_decay"] = WeightDecay,
    };

    public override Workload Prepare(string folder, int threads)
    {
        Sample[] pictures = _inputs.Pictures(Batch);
        Detector model = _inputs.Model();
        _inputs.Write(folder, model, pictures);
        return new Step(model, pictures);
    }

    private sealed class Step : Workload
    {
        private readonly Detector _model;
        private readonly Sample[] _pictures;
        private readonly Sgd _optimizer;
        private readonly Generator _generator = new(1);
        private double[]? _losses;

        public Step(Detector model, Sample[] pictures)
        {
            (_model, _pictures) = (model, pictures);
            model.Train();
            _optimizer = new Sgd([new ParameterGroup(model.NamedParameters(), LearningRate, WeightDecay)], new SgdOptions { Momentum = Momentum });
        }

        public override void Run()
        {
            using var scope = new TensorScope();
            using DetectionBatch batch = DetectionBatch.From(_pictures, _model.Transform);
            IReadOnlyDictionary<string, Tensor> losses = _model.ComputeLosses(batch.Images, batch.Targets, _generator);
            Tensor total = losses.Values.Aggregate((sum, loss) => sum + loss);
            if (!double.IsFinite(total.Item())) throw new InvalidOperationException("The loss is not a finite number.");
            total.Backward();
            _optimizer.Step();
            _optimizer.ZeroGrad();
            _losses ??= [.. losses.OrderBy(loss => loss.Key, StringComparer.Ordinal).Select(loss => loss.Value.Item())];
        }

        public override Dictionary<string, double[]> Outcome() => new() { ["losses"] = _losses! };

        public override void Dispose()
        {
            _optimizer.Dispose();
            _generator.Dispose();
            _model.Dispose();
        }
    }
}
