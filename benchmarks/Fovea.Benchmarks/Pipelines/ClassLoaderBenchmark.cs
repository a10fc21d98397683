using Fovea.Classification;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Training;
using Fovea.Transforms;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>From a folder of JPEG files for each class to batches for a classifier in training.</summary>
internal sealed class ClassLoaderBenchmark(bool quick) : Benchmark
{
    private const int BatchSize = 32, Workers = 2, Side = 224, Classes = 4;

    private static readonly ImageSize FileSize = new(375, 500);

    private readonly int _pictures = quick ? 32 : 800;

    public override string Name => "loader-classes";

    public override string Conditions =>
        $"{Classes} folders of classes with {_pictures} JPEG files {FileSize.Height} x {FileSize.Width}: " +
        $"decode, random resized crop to {Side} x {Side}, random flip, normalise, batches of {BatchSize}, shuffled, {Workers} workers";

    public override Goal Goal => new(Ratio: 0.5);

    public override string Peer => "class_loader";

    public override int WarmUps => quick ? 1 : 2;

    public override int Rounds => quick ? 2 : 7;

    public override (string Unit, double Count)? Rate => ("pictures/s", _pictures);

    // Crops are random on both sides, so the colours agree only in the mean.
    public override IReadOnlyList<Agreement> Agreements =>
        [new("pictures", 0), new("labels", 0), new("mean", quick ? 0.3 : 0.05), new("square", quick ? 0.3 : 0.05)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["side"] = Side, ["batch"] = BatchSize, ["workers"] = Workers,
    };

    public override Workload Prepare(string folder, int threads)
    {
        var scenes = new Scenes(_pictures, seed: 1, FileSize);
        for (int i = 0; i < Classes; i++) Directory.CreateDirectory(Path.Combine(folder, "train", $"class{i}"));
        Parallel.For(0, _pictures, i => scenes.Load(i).Image.SaveJpeg(Path.Combine(folder, "train", $"class{i % Classes}", $"{i:D6}.jpg")));
        return new Epochs(Dataset.Open(folder, "trainval"));
    }

    private sealed class Epochs : Workload
    {
        private readonly DataLoader<ClassificationBatch> _loader;
        private long _epoch;

        public Epochs(IDataset dataset)
        {
            var transform = new ClassificationTransform { ImageSize = Side };
            _loader = new DataLoader<ClassificationBatch>(dataset, new LoaderOptions
            {
                BatchSize = BatchSize, Workers = Workers, Shuffle = true, Seed = 1,
                Transform = new Compose(new RandomResizedCrop(Side) { ReadsReduced = true }, new RandomHorizontalFlip()),
            }, samples => ClassificationBatch.FromSquares(samples, transform));
        }

        public override void Run()
        {
            foreach (ClassificationBatch batch in _loader.Epoch(_epoch++)) batch.Dispose();
        }

        public override Dictionary<string, double[]> Outcome()
        {
            double pictures = 0, labels = 0, sum = 0, squares = 0;
            foreach (ClassificationBatch batch in _loader.Epoch(_epoch++))
            {
                using var scope = new TensorScope();
                pictures += batch.Samples.Count;
                labels += batch.Targets.Sum().Item();
                sum += batch.Pixels.Sum().Item();
                squares += (batch.Pixels * batch.Pixels).Sum().Item();
                batch.Dispose();
            }
            double values = pictures * Side * Side * 3;
            return new() { ["pictures"] = [pictures], ["labels"] = [labels], ["mean"] = [sum / values], ["square"] = [squares / values] };
        }
    }
}
