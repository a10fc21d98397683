using Fovea.Data;
using Fovea.Losses;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Benchmarks.Models;

/// <summary>A segmentation network: a normalised picture to the scores of its pixels, or a training step.</summary>
internal sealed class SegmenterBenchmark(string id, bool training, bool quick) : Benchmark
{
    // So small that the weights stay where they are: every step has the same work.
    private const double LearningRate = 1e-8, Momentum = 0.9, WeightDecay = 1e-4;
    private const int ClassCount = 21;

    private static readonly string[] Networks = ["fcn_resnet50", "deeplabv3_resnet50", "lraspp_mobilenet_v3_large"];

    private readonly int _side = quick ? 97 : training ? 480 : 520, _batch = training ? 2 : 1;

    public static IEnumerable<Benchmark> All(bool quick) =>
        Networks.SelectMany(id => (Benchmark[])[new SegmenterBenchmark(id, false, quick), new SegmenterBenchmark(id, true, quick)]);

    public override string Name => $"segment-{id}-{(training ? "train" : "predict")}";

    public override string Conditions => $"{id}, {(training ? "training step with auxiliary loss" : "scores")}, batch {_batch} of {_side} x {_side}, " +
        $"{ClassCount} classes, float32" + (training ? ", cross entropy, SGD with momentum, no dropout" : "");

    public override Goal Goal => new(Ratio: 1);

    public override string Peer => "segmenter";

    public override int Rounds => quick ? 2 : training ? 3 : 5;

    public override bool ShowsMemory => true;

    public override IReadOnlyList<Agreement> Agreements => [training ? new("loss", 1e-2) : new("scores", 1e-3)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["network"] = Array.IndexOf(Networks, id), ["training"] = training ? 1 : 0, ["classes"] = ClassCount,
        ["learning_rate"] = LearningRate, ["momentum"] = Momentum, ["weight_decay"] = WeightDecay,
    };

    public override Workload Prepare(string folder, int threads)
    {
        SegmenterEntry entry = ModelZoo.FindSegmenter(id);
        string[] known = [.. entry.Settings];
        Segmenter network = entry.Create(ClassCount, new SegmenterSettings { Dropout = known.Contains(nameof(SegmenterSettings.Dropout)) ? 0 : null });
        FormulaWeights.Fill(network, gain: 1);
        var random = new SampleRandom(1);
        float[] pixels = new float[_batch * 3 * _side * _side];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (float)random.Uniform(-2, 2);
        long[] classes = [.. Enumerable.Range(0, _batch * _side * _side).Select(i => i / 50 % (ClassCount + 1) is var k && k < ClassCount ? k : 255L)];
        Tensor input = Tensor.From(pixels, _batch, 3, _side, _side), targets = Tensor.From(classes, _batch, _side, _side);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, "weights.safetensors"),
            network.StateDict().Select(state => SafetensorsEntry.FromTensor(state.Name, state.Value)).ToArray());
        InputFile.Write(folder, [("input", input), ("targets", targets)]);
        return training ? new Step(network, input, targets) : new Scores(network, input);
    }

    private sealed class Scores : Workload
    {
        private readonly Segmenter _network;
        private readonly Tensor _input;
        private double[]? _scores;

        public Scores(Segmenter network, Tensor input)
        {
            (_network, _input) = (network, input);
            network.Train(false);
        }

        public override void Run()
        {
            using var scope = new TensorScope();
            using var inference = new InferenceMode();
            Tensor scores = _network.Forward(_input);
            _scores ??= [.. scores.Slice(2, 0, step: 37).Slice(3, 0, step: 37).ToArray<float>().Select(score => (double)score)];
        }

        public override Dictionary<string, double[]> Outcome() => new() { ["scores"] = _scores! };

        public override void Dispose() => _network.Dispose();
    }

    private sealed class Step : Workload
    {
        private readonly Segmenter _network;
        private readonly Tensor _input, _targets;
        private readonly Sgd _optimizer;
        private double? _loss;

        public Step(Segmenter network, Tensor input, Tensor targets)
        {
            (_network, _input, _targets) = (network, input, targets);
            network.Train();
            _optimizer = new Sgd([new ParameterGroup(network.NamedParameters(), LearningRate, WeightDecay)], new SgdOptions { Momentum = Momentum });
        }

        public override void Run()
        {
            using var scope = new TensorScope();
            Tensor[] scores = _network.ForwardWithAuxiliary(_input);
            var each = new SegmentationLoss();
            Tensor loss = each.Compute(scores[0], _targets)["loss_cross_entropy"];
            for (int i = 1; i < scores.Length; i++)
                loss = loss + each.Compute(scores[i], _targets)["loss_cross_entropy"] * _network.AuxiliaryWeights[i - 1];
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
