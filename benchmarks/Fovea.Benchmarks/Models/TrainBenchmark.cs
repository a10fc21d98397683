using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Training;

namespace Fovea.Benchmarks.Models;

/// <summary>One step of a detector's training: losses, gradients, new weights.</summary>
internal sealed class TrainBenchmark(bool quick) : Benchmark
{
    // So small that the weights stay where they are: every step has the same work.
    private const double LearningRate = 1e-8, Momentum = 0.9, WeightDecay = 1e-4;

    private readonly int _batch = quick ? 1 : 2;
    private readonly ImageSize _size = quick ? new(96, 128) : new(800, 1067);

    public override string Name => "train";

    public override string Conditions => $"{DetectorInputs.ModelId}, training step, batch {_batch} of {_size.Height} x {_size.Width}, float32, all layers " +
        "trained, SGD with momentum, from decoded pixels to new weights, 256 anchors and 512 regions a picture";

    public override Goal Goal => new(Ratio: 0.8);

    public override string Peer => "detector";

    public override int Rounds => quick ? 2 : 3;

    public override bool ShowsMemory => true;

    // The samplers draw at random, from the same distribution.
    public override IReadOnlyList<Agreement> Agreements => [new("losses", 0.2)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["training"] = 1, ["classes"] = DetectorInputs.ClassCount, ["min_size"] = Math.Min(_size.Height, _size.Width),
        ["max_size"] = 2 * Math.Max(_size.Height, _size.Width), ["batch"] = _batch,
        ["learning_rate"] = LearningRate, ["momentum"] = Momentum, ["weight_decay"] = WeightDecay,
    };

    public override Workload Prepare(string folder, int threads)
    {
        Sample[] pictures = DetectorInputs.Pictures(_batch, _size);
        Detector model = DetectorInputs.Model(_size);
        DetectorInputs.Write(folder, model, pictures);
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
