using Fovea.Data;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Benchmarks.Models;

/// <summary>One picture through a detector, from decoded pixels to boxes, masks or key points.</summary>
internal sealed class PredictBenchmark(string id, bool quick) : Benchmark
{
    private readonly DetectorInputs _inputs = new(id, quick);

    public override string Name => _inputs.IsFirst ? "predict" : $"detect-{id}-predict";

    public override string Conditions => $"{id}, prediction, one picture {_inputs.Size.Height} x {_inputs.Size.Width}, float32, " +
        $"from decoded pixels to {_inputs.Finds}, weights by formula" + (_inputs.Samples ? ", 1,000 regions at most" : "");

    public override Goal Goal => new(Ratio: 1);

    public override string Peer => "detector";

    public override int WarmUps => quick ? 1 : 2;

    public override int Rounds => quick ? 2 : 7;

    public override bool ShowsMemory => true;

    // Of thousands of candidates a few are decided by the last bit: nearly all numbers have to agree, by rank of the scores.
    public override IReadOnlyList<Agreement> Agreements =>
    [
        new("count", 0.05), new("scores", 1e-3, Share: 0.9), new("boxes", 1e-3, Share: 0.9),
        .. _inputs.FindsMasks ? (Agreement[])[new("mask_areas", 1e-2, Share: 0.9)] : [],
        .. _inputs.FindsKeypoints ? (Agreement[])[new("keypoints", 1e-3, Share: 0.9)] : [],
    ];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>(_inputs.Settings) { ["training"] = 0 };

    public override Workload Prepare(string folder, int threads)
    {
        Sample[] pictures = _inputs.Pictures(1);
        var model = _inputs.Model();
        _inputs.Write(folder, model, pictures);
        return new Prediction(new Predictor(model, _inputs.Categories, Device.Cpu), pictures[0].Image);
    }

    private sealed class Prediction(Predictor predictor, Image picture) : Workload
    {
        private Detections? _found;

        public override void Run() => _found = predictor.Predict(picture);

        public override Dictionary<string, double[]> Outcome()
        {
            Detections found = _found!;
            var outcome = new Dictionary<string, double[]>
            {
                ["count"] = [found.Count], ["scores"] = [.. found.Scores.Select(score => (double)score)],
                ["boxes"] = [.. found.Boxes.SelectMany(box => (double[])[box.X1, box.Y1, box.X2, box.Y2])],
            };
            if (found.SoftMasks is { } masks)
                outcome["mask_areas"] = [.. masks.Select(mask => mask.Paste(picture.Size).Sum(probability => (double)probability))];
            if (found.Keypoints is { } keypoints)
                outcome["keypoints"] = [.. keypoints.SelectMany(points => points).SelectMany(point => (double[])[point.X, point.Y])];
            return outcome;
        }

        public override void Dispose() => predictor.Dispose();
    }
}
