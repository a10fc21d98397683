using System.Security;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Training;
using Fovea.Transforms;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>From a folder of JPEG files with boxes to batches for a network.</summary>
internal sealed class LoaderBenchmark(bool quick) : Benchmark
{
    private const int BatchSize = 8, Workers = 2;

    private static readonly ImageSize FileSize = new(480, 640), Target = new(384, 512);

    private readonly int _pictures = quick ? 16 : 400;

    public override string Name => "loader";

    public override string Conditions => $"VOC folder of {_pictures} JPEG files {FileSize.Height} x {FileSize.Width}: decode, resize to " +
        $"{Target.Height} x {Target.Width} (triangle filter), random flip, normalise, batches of {BatchSize}, shuffled, {Workers} workers";

    public override Goal Goal => new(Ratio: 0.5);

    public override string Peer => "loader";

    public override int WarmUps => quick ? 1 : 2;

    public override int Rounds => quick ? 2 : 7;

    public override (string Unit, double Count)? Rate => ("pictures/s", _pictures);

    // Decoders may differ in the last bit of a colour, and flips are random, but the mean colour is neither's choice.
    public override IReadOnlyList<Agreement> Agreements => [new("pictures", 0), new("boxes", 0), new("area", 1e-3), new("mean", 0.01), new("square", 0.01)];

    public override IReadOnlyDictionary<string, double> Settings => new Dictionary<string, double>
    {
        ["height"] = Target.Height, ["width"] = Target.Width, ["batch"] = BatchSize, ["workers"] = Workers,
    };

    public override Workload Prepare(string folder, int threads)
    {
        WriteFolder(folder);
        return new Epochs(Dataset.Open(folder, "train"));
    }

    private void WriteFolder(string folder)
    {
        string pictures = Path.Combine(folder, "JPEGImages"), annotations = Path.Combine(folder, "Annotations");
        string lists = Path.Combine(folder, "ImageSets", "Main");
        foreach (string path in (string[])[pictures, annotations, lists]) Directory.CreateDirectory(path);
        var scenes = new Scenes(_pictures, seed: 1, FileSize);
        Parallel.For(0, _pictures, i =>
        {
            Sample scene = scenes.Load(i);
            scene.Image.SaveJpeg(Path.Combine(pictures, $"{i:D6}.jpg"));
            File.WriteAllText(Path.Combine(annotations, $"{i:D6}.xml"), Xml($"{i:D6}.jpg", scene, scenes.Categories));
        });
        File.WriteAllLines(Path.Combine(lists, "train.txt"), Enumerable.Range(0, _pictures).Select(i => $"{i:D6}"));
    }

    // VOC counts pixels from 1, both ends inside the box.
    private static string Xml(string file, Sample scene, IReadOnlyList<Category> categories) =>
        $"<annotation><filename>{file}</filename><size><width>{FileSize.Width}</width><height>{FileSize.Height}</height><depth>3</depth></size>" +
        string.Concat(scene.Annotations.Select(a => $"<object><name>{SecurityElement.Escape(categories[a.Category].Name)}</name><difficult>0</difficult><bndbox>" +
            $"<xmin>{a.Box.X1 + 1}</xmin><ymin>{a.Box.Y1 + 1}</ymin><xmax>{a.Box.X2}</xmax><ymax>{a.Box.Y2}</ymax></bndbox></object>")) +
        "</annotation>";

    private sealed class Epochs : Workload
    {
        private readonly DataLoader<DetectionBatch> _loader;
        private long _epoch;

        public Epochs(IDataset dataset)
        {
            var transform = new DetectionTransform { MinSize = Target.Height, MaxSize = Target.Width };
            _loader = new DataLoader<DetectionBatch>(dataset, new LoaderOptions
            {
                BatchSize = BatchSize, Workers = Workers, Shuffle = true, Seed = 1,
                Transform = new Compose(new Resize(Target), new RandomHorizontalFlip()),
            }, samples => DetectionBatch.From(samples, transform));
        }

        public override void Run()
        {
            foreach (DetectionBatch batch in _loader.Epoch(_epoch++)) batch.Dispose();
        }

        public override Dictionary<string, double[]> Outcome()
        {
            double pictures = 0, boxes = 0, area = 0, sum = 0, squares = 0;
            foreach (DetectionBatch batch in _loader.Epoch(_epoch++))
            {
                using var scope = new TensorScope();
                pictures += batch.Images.Count;
                boxes += batch.Targets.Sum(target => target.Labels.Numel);
                area += batch.Targets.Sum(target => new Boxes(target.Boxes).Area().Sum().Item());
                sum += batch.Images.Pixels.Sum().Item();
                squares += (batch.Images.Pixels * batch.Images.Pixels).Sum().Item();
                batch.Dispose();
            }
            double values = pictures * Target.Pixels * 3;
            return new() { ["pictures"] = [pictures], ["boxes"] = [boxes], ["area"] = [area / boxes], ["mean"] = [sum / values], ["square"] = [squares / values] };
        }
    }
}
