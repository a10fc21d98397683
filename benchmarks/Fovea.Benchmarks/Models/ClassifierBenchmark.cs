using Fovea.Backbones;
using Fovea.Data;
using Fovea.Losses;
using Fovea.Quantization;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Benchmarks.Models;

/// <summary>A classification network: normalised pictures to scores, in float32 or 8-bit integers, or a training step. The peer's side is
/// float32 always.</summary>
internal sealed class ClassifierBenchmark(string id, int batch, bool training, bool quick, bool quantized = false) : Benchmark
{
    // So small that the weights stay where they are: every step has the same work.
    private const double LearningRate = 1e-8, Momentum = 0.9, WeightDecay = 1e-4;
    private const int ClassCount = 1000, Side = 224;

    // Networks that everybody knows: plain, residual, depthwise, attention.
    private static readonly string[] Networks = ["resnet50", "mobilenet_v3_large", "vit_b_16", "vgg16"];

    // Those that are measured in 8-bit integers too.
    private static readonly string[] Quantized = ["resnet50", "mobilenet_v3_large"];

    private readonly int _batch = quick ? 1 : batch;

    public static IEnumerable<Benchmark> All(bool quick)
    {
        foreach (string id in Networks)
        {
            yield return new ClassifierBenchmark(id, 1, false, quick);
            yield return new ClassifierBenchmark(id, 16, false, quick);
            yield return new ClassifierBenchmark(id, 16, true, quick);
            if (!Quantized.Contains(id)) continue;
            yield return new ClassifierBenchmark(id, 1, false, quick, quantized: true);
            yield return new ClassifierBenchmark(id, 16, false, quick, quantized: true);
        }
    }

    public override string Name => $"classify-{id}-{(training ? "train" : (quantized ? "int8-" : "") + batch.ToString())}";

    public override string Conditions => $"{id}, {(training ? "training step" : "scores")}, batch {_batch} of 224 x 224, " +
        (quantized ? "8-bit integers (peer: float32), " : "float32, ") +
        (training ? "cross entropy, SGD with momentum, no dropout" : "normalised pictures to scores");

    public override Goal Goal => new(Ratio: quantized ? 0.5 : 1);

    public override string Peer => "classifier";

    public override int WarmUps => quick ? 1 : 2;

    public override int Rounds => quick ? 2 : training ? 3 : 5;

    public override int RunsPerRound => !quick && batch == 1 ? 4 : 1;

    public override bool ShowsMemory => true;

    public override IReadOnlyList<Agreement> Agreements => [training ? new("loss", 1e-2) : new("scores", quantized ? 0.05 : 1e-3)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["network"] = Array.IndexOf(Networks, id), ["training"] = training ? 1 : 0, ["classes"] = ClassCount,
        ["learning_rate"] = LearningRate, ["momentum"] = Momentum, ["weight_decay"] = WeightDecay,
    };

    public override Workload Prepare(string folder, int threads)
    {
        Backbone network = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = ClassCount, Dropout = 0 }, null);
        FormulaWeights.Fill(network, gain: 1);
        var random = new SampleRandom(1);
        float[] pixels = new float[_batch * 3 * Side * Side];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (float)random.Uniform(-2, 2);
        Tensor input = Tensor.From(pixels, _batch, 3, Side, Side);
        Tensor targets = Tensor.From(Enumerable.Range(0, _batch).Select(i => (long)(i * 61 % ClassCount)).ToArray(), _batch);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, "weights.safetensors"),
            network.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray());
        InputFile.Write(folder, [("input", input), ("targets", targets)]);
        if (quantized)
        {
            network.Train(false);
            QuantizedState.Apply(network, Calibration.Of(network, [input]));
        }
        return training ? new Step(network, input, targets) : new Scores(network, input);
    }

    private sealed class Scores : Workload
    {
        private readonly Backbone _network;
        private readonly Tensor _input;
        private double[]? _scores;

        public Scores(Backbone network, Tensor input)
        {
            (_network, _input) = (network, input);
            network.Train(false);
        }

        public override void Run()
        {
            using var scope = new TensorScope();
            using var inference = new InferenceMode();
            float[] scores = _network.Classify(_input).ToArray<float>();
            _scores ??= [.. scores.Select(score => (double)score)];
        }

        public override Dictionary<string, double[]> Outcome() => new() { ["scores"] = _scores! };

        public override void Dispose() => _network.Dispose();
    }

    private sealed class Step : Workload
    {
        private readonly Backbone _network;
        private readonly Tensor _input, _targets;
        private readonly Sgd _optimizer;
        private double? _loss;

        public Step(Backbone network, Tensor input, Tensor targets)
        {
            (_network, _input, _targets) = (network, input, targets);
            network.Train();
            _optimizer = new Sgd([new ParameterGroup(network.NamedParameters(), LearningRate, WeightDecay)], new SgdOptions { Momentum = Momentum });
        }

        public override void Run()
        {
            using var scope = new TensorScope();
            Tensor loss = CrossEntropy.Compute(_network.Classify(_input), _targets);
            _loss ??= loss.Item();
            loss.Backward();
            _optimizer.Step();
            _optimizer.ZeroGrad();
        }

        public override Dictionary<string, double[]> Outcome() => new() { ["loss"] = [_loss!.Value] };

        public override void Dispose()
        {
            _optimizer.Dispose();
            _network.Dispose();
        }
    }
}
