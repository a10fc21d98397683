using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Benchmarks.Operators;

/// <summary>RoIAlign of a picture's regions on the finest level of a feature pyramid, forward or backward.</summary>
internal sealed class RoiAlignBenchmark(bool backward, bool quick) : Benchmark
{
    private const int Height = 200, Width = 272, Bins = 7, SamplingRatio = 2;
    private const double Scale = 0.25;
    private const int Probes = 1000;

    private readonly int _regions = quick ? 50 : 1000, _channels = quick ? 16 : 256;

    public override string Name => backward ? "roialign-backward" : "roialign-forward";

    public override string Conditions => $"RoIAlign {(backward ? "backward" : "forward")}, {_regions:N0} regions (sides 16 to 224) x " +
        $"{_channels} channels x {Bins} x {Bins}, map {Height} x {Width}, scale 1/4, {SamplingRatio} x {SamplingRatio} samples a bin";

    public override Goal Goal => new(Ratio: 0.5);

    public override string Peer => "roi_align";

    public override int WarmUps => quick ? 1 : 10;

    public override int Rounds => quick ? 2 : 10;

    public override int RunsPerRound => quick ? 2 : 3;

    public override IReadOnlyList<Agreement> Agreements => [new("values", 1e-4), new("sum", 1e-3)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["backward"] = backward ? 1 : 0, ["bins"] = Bins, ["scale"] = Scale, ["sampling_ratio"] = SamplingRatio, ["probes"] = Probes,
    };

    public override Workload Prepare(string folder, int threads)
    {
        using var generator = new Generator(1);
        Tensor features = Tensor.Randn([1, _channels, Height, Width], generator);
        Tensor gradient = Tensor.Randn([_regions, _channels, Bins, Bins], generator);
        var picture = new ImageSize((int)(Height / Scale), (int)(Width / Scale));
        float[] edges = RandomBoxes.Draw(new Random(1), _regions, picture, 16, 224);
        Tensor regions = Tensor.Zeros([_regions, 5]);
        regions[.., 1..].CopyInPlace(Tensor.From(edges, _regions, 4));
        InputFile.Write(folder, ("features", features), ("regions", regions), ("gradient", gradient));
        return backward ? new Backward(features, regions, gradient) : new Forward(features, regions);
    }

    private static Tensor Pool(Tensor features, Tensor regions) =>
        RoiAlign.Forward(features, regions, Bins, Bins, Scale, SamplingRatio);

    private sealed class Forward(Tensor features, Tensor regions) : Workload
    {
        public override void Run()
        {
            using Tensor pooled = Pool(features, regions);
        }

        public override Dictionary<string, double[]> Outcome()
        {
            using Tensor pooled = Pool(features, regions);
            return Probe(pooled);
        }
    }

    // Only the way back is measured: the pooled features and their graph stay.
    private sealed class Backward : Workload
    {
        private readonly Tensor _features, _pooled, _gradient;

        public Backward(Tensor features, Tensor regions, Tensor gradient)
        {
            (_features, _gradient) = (features, gradient);
            features.RequiresGrad = true;
            _pooled = Pool(features, regions);
        }

        public override void Before() => _features.Grad = null;

        public override void Run() => _pooled.Backward(_gradient, retainGraph: true);

        public override Dictionary<string, double[]> Outcome()
        {
            using Tensor found = _features.Grad!;
            return Probe(found);
        }
    }

    // Evenly spread values and the mean size of all: a few numbers that a wrong kernel does not meet.
    private static Dictionary<string, double[]> Probe(Tensor tensor)
    {
        ReadOnlySpan<float> all = tensor.Span<float>();
        int step = Math.Max(1, all.Length / Probes);
        var values = new double[all.Length / step];
        for (int i = 0; i < values.Length; i++) values[i] = all[i * step];
        double sum = 0;
        foreach (float value in all) sum += Math.Abs(value);
        return new() { ["values"] = values, ["sum"] = [sum / all.Length] };
    }
}
