using Fovea.Data;
using Fovea.Metrics;
using Fovea.Torch;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>The confusion matrix of label maps, of which all figures of semantic segmentation follow.</summary>
internal sealed class LabelMapsBenchmark(bool quick) : Benchmark
{
    private const int Classes = 19, Height = 1024, Width = 2048, Different = 4, Regions = 150;

    private readonly int _maps = quick ? 8 : 1000;

    public override string Name => "label-maps";

    public override string Conditions => $"confusion matrix of {_maps:N0} pairs of label maps of {Height:N0} x {Width:N0}, {Classes} classes, regions with " +
        "displaced borders";

    public override Goal Goal => new(Ratio: 0.1);

    public override string Peer => "label_maps";

    public override int Rounds => quick ? 2 : 3;

    public override (string Unit, double Count)? Rate => ("maps/s", _maps);

    public override IReadOnlyList<Agreement> Agreements => [new("confusion", 0)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double> { ["classes"] = Classes, ["maps"] = _maps };

    public override Workload Prepare(string folder, int threads)
    {
        byte[][] actual = [.. Enumerable.Range(0, Different).Select(i => Map((ulong)i, moved: false))];
        byte[][] predicted = [.. Enumerable.Range(0, Different).Select(i => Map((ulong)i, moved: true))];
        using var scope = new TensorScope();
        InputFile.Write(folder, [("actual", Stacked(actual)), ("predicted", Stacked(predicted))]);
        return new Counting(actual, predicted, _maps);
    }

    private static Tensor Stacked(byte[][] maps) => Tensor.From<byte>(maps.SelectMany(map => map).ToArray(), maps.Length, Height, Width);

    // Each pixel is of the region whose centre is nearest; the prediction's centres have moved by some pixels.
    private static byte[] Map(ulong seed, bool moved)
    {
        var random = new SampleRandom(seed);
        var centres = new (double Y, double X, byte Label)[Regions];
        for (int i = 0; i < Regions; i++)
        {
            (double y, double x) = (random.Uniform(0, Height), random.Uniform(0, Width));
            (double dy, double dx) = (random.Uniform(-8, 8), random.Uniform(-8, 8));
            byte label = (byte)(random.Next(Classes + 1) is var k && k < Classes ? k : moved ? 0 : 255);
            centres[i] = moved ? (y + dy, x + dx, label) : (y, x, label);
        }
        var map = new byte[Height * Width];
        Parallel.For(0, Height, y =>
        {
            for (int x = 0; x < Width; x++)
            {
                (double best, byte label) = (double.PositiveInfinity, 0);
                foreach ((double cy, double cx, byte of) in centres)
                {
                    double distance = (cy - y) * (cy - y) + (cx - x) * (cx - x);
                    if (distance < best) (best, label) = (distance, of);
                }
                map[y * Width + x] = label;
            }
        });
        return map;
    }

    private sealed class Counting(byte[][] actual, byte[][] predicted, int maps) : Workload
    {
        private ConfusionMatrix? _matrix;

        public override void Run()
        {
            var matrix = new ConfusionMatrix(Classes);
            for (int i = 0; i < maps; i++) matrix.Add(actual[i % actual.Length], predicted[i % predicted.Length]);
            _matrix = matrix;
        }

        public override Dictionary<string, double[]> Outcome() => new()
        {
            ["confusion"] = [.. Enumerable.Range(0, Classes * Classes).Select(i => (double)_matrix![i / Classes, i % Classes])],
        };
    }
}
