using System.Text.Json;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Benchmarks.Operators;

/// <summary>Run lengths of masks: from bitmaps and back, from outlines, and their overlaps.</summary>
internal sealed class MaskBenchmark(string work, bool quick) : Benchmark
{
    private const int Height = 480, Width = 640, Corners = 30, Most = 200, Repeats = 20;

    private readonly int _count = quick ? 5 : 100;

    public static IEnumerable<Benchmark> All(bool quick) =>
        ((string[])["encode", "decode", "outlines", "iou"]).Select(work => new MaskBenchmark(work, quick));

    public override string Name => $"masks-{work}";

    public override string Conditions => $"{_count} masks of {Height} x {Width}, stars of {Corners} corners and radius 20 to {Most}, " +
        $"{Repeats} times: " + work switch
    {
        "encode" => "bitmaps to run lengths",
        "decode" => "run lengths to bitmaps",
        "outlines" => "polygons to run lengths",
        _ => "overlap of each with each",
    };

    public override Goal Goal => new(Ratio: 1);

    public override string Peer => "masks";

    public override int WarmUps => quick ? 1 : 5;

    public override int Rounds => quick ? 2 : 5;

    public override IReadOnlyList<Agreement> Agreements => [new("values", 0)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["work"] = Array.IndexOf(["encode", "decode", "outlines", "iou"], work), ["height"] = Height, ["width"] = Width,
        ["repeats"] = Repeats,
    };

    public override Workload Prepare(string folder, int threads)
    {
        var random = new Random(1);
        var outlines = new double[_count][];
        for (int i = 0; i < _count; i++) outlines[i] = Star(random);
        File.WriteAllText(Path.Combine(folder, "outlines.json"), JsonSerializer.Serialize(outlines));
        return new Masks(work, outlines);
    }

    private static double[] Star(Random random)
    {
        double x = random.NextDouble() * Width, y = random.NextDouble() * Height, radius = 20 * Math.Pow(Most / 20.0, random.NextDouble());
        return [.. Enumerable.Range(0, Corners).SelectMany(i =>
        {
            double length = radius * (0.6 + 0.4 * random.NextDouble());
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * i / Corners);
            return (double[])[Math.Round(x + length * cosine, 2), Math.Round(y + length * sine, 2)];
        })];
    }

    private sealed class Masks : Workload
    {
        private readonly string _work;
        private readonly double[][] _outlines;
        private readonly RunLengthMask[] _masks;
        private readonly Mask[] _bitmaps;
        private double[,] _overlaps = new double[0, 0];

        public Masks(string work, double[][] outlines)
        {
            (_work, _outlines) = (work, outlines);
            _masks = [.. outlines.Select(outline => RunLengthMask.FromPolygons([outline], new ImageSize(Height, Width)))];
            _bitmaps = [.. _masks.Select(mask => mask.ToBitmap())];
        }

        public override void Run()
        {
            for (int i = 0; i < Repeats; i++) Once();
        }

        private void Once()
        {
            if (_work == "iou") _overlaps = RunLengthMask.IoU(_masks, _masks);
            else
                for (int i = 0; i < _masks.Length; i++)
                    if (_work == "encode") _masks[i] = RunLengthMask.FromBitmap(_bitmaps[i]);
                    else if (_work == "decode") _bitmaps[i] = _masks[i].ToBitmap();
                    else _masks[i] = RunLengthMask.FromPolygons([_outlines[i]], new ImageSize(Height, Width));
        }

        public override Dictionary<string, double[]> Outcome() => new()
        {
            ["values"] = _work == "iou" ? [.. _overlaps.Cast<double>()]
                : _work == "decode" ? [.. _bitmaps.Select(bitmap => (double)bitmap.Area())]
                : [.. _masks.SelectMany(mask => mask.Counts.ToArray()).Select(count => (double)count)],
        };
    }
}
