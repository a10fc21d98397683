using Fovea.Data;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Benchmarks.Models;

/// <summary>One picture through a detector, from decoded pixels to boxes.</summary>
internal sealed class PredictBenchmark(bool quick) : Benchmark
{
    private readonly ImageSize _size = quick ? new(96, 128) : new(800, 1067);

    public override string Name => "predict";

    public override string Conditions => $"{DetectorInputs.ModelId}, prediction, one picture {_size.Height} x {_size.Width}, float32, " +
        "from decoded pixels to boxes, weights by formula, 1,000 regions at most";

    public override Goal Goal => new(Ratio: 1);

    public override string Peer => "detector";

    public override int WarmUps => quick ? 1 : 2;

    public override int Rounds => quick ? 2 : 7;

    public override bool ShowsMemory => true;

    // Of thousands of candidates a few are decided by the last bit: nearly all scores have to agree, by rank.
    public override IReadOnlyList<Agreement> Agreements => [new("count", 0.05), new("scores", 1e-3, Share: 0.9)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["training"] = 0, ["classes"] = DetectorInputs.ClassCount, ["min_size"] = Math.Min(_size.Height, _size.Width),
        ["max_size"] = 2 * Math.Max(_size.Height, _size.Width),
    };

    public override Workload Prepare(string folder, int threads)
    {
        Sample[] pictures = DetectorInputs.Pictures(1, _size);
        var model = DetectorInputs.Model(_size);
        DetectorInputs.Write(folder, model, pictures);
        Category[] categories = [.. Enumerable.Range(1, DetectorInputs.ClassCount - 1).Select(id => new Category(id, $"class {id}"))];
        return new Prediction(new Predictor(model, categories, Device.Cpu), pictures[0].Image);
    }

    private sealed class Prediction(Predictor predictor, Image picture) : Workload
    {
        private Detections? _found;

        public override void Run() => _found = predictor.Predict(picture);

        public override Dictionary<string, double[]> Outcome() => new()
        {
            ["count"] = [_found!.Count], ["scores"] = [.. _found.Scores.Select(score => (double)score)],
        };

        public override void Dispose() => predictor.Dispose();
    }
}
