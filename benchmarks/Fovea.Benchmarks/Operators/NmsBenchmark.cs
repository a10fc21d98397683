using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Benchmarks.Operators;

/// <summary>Non-maximum suppression among the boxes of one picture.</summary>
internal sealed class NmsBenchmark(int boxes, bool quick) : Benchmark
{
    private const double IouThreshold = 0.7;   // the region proposal network's

    private readonly int _count = quick ? boxes / 20 : boxes;
    private readonly bool _isLarge = boxes > 5_000;    // the peer's time grows with the square

    public override string Name => $"nms-{boxes}";

    public override string Conditions => $"NMS of {_count:N0} boxes, sides 16 to 256, in 800 x 1067, IoU {IouThreshold}";

    public override Goal Goal => new(Ratio: 0.5);

    public override string Peer => "nms";

    public override int WarmUps => quick ? 2 : _isLarge ? 10 : 40;

    public override int Rounds => quick ? 2 : _isLarge ? 5 : 10;

    public override int RunsPerRound => quick || _isLarge ? 2 : 10;

    public override IReadOnlyList<Agreement> Agreements => [new("kept", 0)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double> { ["iou_threshold"] = IouThreshold };

    public override Workload Prepare(string folder, int threads)
    {
        var random = new Random(1);
        Tensor edges = Tensor.From(RandomBoxes.Draw(random, _count, new ImageSize(800, 1067), 16, 256), _count, 4);
        Tensor scores = Tensor.From([.. Enumerable.Range(0, _count).Select(_ => random.NextSingle())], _count);
        InputFile.Write(folder, ("boxes", edges), ("scores", scores));
        return new Suppression(edges, scores);
    }

    private sealed class Suppression(Tensor boxes, Tensor scores) : Workload
    {
        public override void Run()
        {
            using Tensor kept = Nms.Keep(boxes, scores, IouThreshold);
        }

        public override Dictionary<string, double[]> Outcome()
        {
            using Tensor kept = Nms.Keep(boxes, scores, IouThreshold);
            return new() { ["kept"] = [.. kept.ToArray<long>().Select(index => (double)index)] };
        }
    }
}
