using Fovea.Imaging;
using Fovea.Segmentation;
using Fovea.Segmentation.Crf;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Inference;

/// <summary>A trained segmenter, ready for pictures of any size. Use from one thread at a time.</summary>
/// <example><code>
/// using SegmentationPredictor predictor = SegmentationPredictor.Load("best.safetensors");
/// SegmentationPrediction street = predictor.Predict(Image.Load("street.jpg"));
/// Console.WriteLine(predictor.Categories[street.Map[100, 200]].Name);
/// </code></example>
public sealed class SegmentationPredictor : IDisposable
{
    /// <summary>Takes over a model, and puts it into evaluation mode.</summary>
    /// <param name="model">The model; disposed together with the predictor.</param>
    /// <param name="categories">Its classes, in the order of its scores.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How it looks at pictures; once, as a whole, where null.</param>
    /// <param name="secondCategories">The classes of the second map of a network with two heads; numbered where null.</param>
    public SegmentationPredictor(SegmentationModel model, IReadOnlyList<Category> categories, Device device,
        SegmentationInference? options = null, IReadOnlyList<Category>? secondCategories = null)
    {
        if (categories.Count != model.ClassCount)
            throw new ArgumentException($"The model tells {model.ClassCount} classes apart, but {categories.Count} are named.",
                nameof(categories));
        SecondCategories = model.SecondClassCount == 0 ? [] : secondCategories
            ?? [.. Enumerable.Range(0, model.SecondClassCount).Select(i => new Category(i, $"class{i}"))];
        if (SecondCategories.Count != model.SecondClassCount)
            throw new ArgumentException($"The model tells {model.SecondClassCount} classes of a second map apart, but " +
                $"{SecondCategories.Count} are named.", nameof(secondCategories));
        (Model, Categories, Device, Options) = (model, categories, device, options ?? new SegmentationInference());
        model.Network.Train(false);
        model.Network.To(device);
    }

    /// <summary>The model.</summary>
    public SegmentationModel Model { get; }

    /// <summary>The classes, in the order of the labels.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>The classes of the second map; empty where there is one map.</summary>
    public IReadOnlyList<Category> SecondCategories { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>How it looks at pictures.</summary>
    public SegmentationInference Options { get; }

    /// <summary>Loads a checkpoint, which says itself what model it is.</summary>
    /// <exception cref="TensorFileException">The file is missing, damaged, or no checkpoint of a segmentation network.</exception>
    public static SegmentationPredictor Load(string path, Device device = default, SegmentationInference? options = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return new SegmentationPredictor(checkpoint.CreateSegmenter(), checkpoint.Categories, device, options, checkpoint.SecondCategories);
    }

    /// <summary>The class of every pixel of a picture. Memory is bounded: a large picture is looked at in tiles, and only the tiles of one
    /// row are held.</summary>
    public SegmentationPrediction Predict(Image image)
    {
        Image seen = Model.Transform.Prepare(image);
        TilePlan plan = Options.Plan(seen.Size);
        int[] classCounts = Model.SecondClassCount > 0 ? [Model.ClassCount, Model.SecondClassCount] : [Model.ClassCount];
        (SegmentationPrediction Said, TileBand Band)[] maps = [.. classCounts.Select(classes =>
        {
            byte[] labels = new byte[image.Size.Pixels], confidence = new byte[image.Size.Pixels];
            return (new SegmentationPrediction(new SegmentationMap(image.Size, labels), confidence),
                new TileBand(plan, classes, image.Size, labels, confidence));
        })];
        foreach (TileStretch row in plan.Rows)
        {
            using var scope = new TensorScope();
            foreach ((_, TileBand band) in maps) band.Begin(row);
            foreach (TileStretch column in plan.Columns)
            {
                using var tile = new TensorScope();
                Image part = plan.IsWhole ? seen : seen.Crop(row.Start, column.Start, new ImageSize(row.Length, column.Length));
                foreach (((_, TileBand band), Tensor probabilities) in maps.Zip(Look(part))) band.Add(row, column, probabilities);
            }
            foreach ((_, TileBand band) in maps) band.End(row);
        }
        return maps.Length == 1 ? maps[0].Said : maps[0].Said with { Second = maps[1].Said };
    }

    /// <summary>Probabilities of the classes at every pixel of a picture, looked at as a whole, at all scales, mirrored and sharpened as the
    /// options say: K x H x W, on the CPU. Of networks with two heads, those of the first map.</summary>
    /// <remarks>At the size that the network sees, <see cref="SegmentationTransform.NetworkSize"/>.</remarks>
    public Tensor Probabilities(Image image)
    {
        using var scope = new TensorScope();
        return scope.Keep(Look(Model.Transform.Prepare(image))[0]);
    }

    /// <summary>Releases the model.</summary>
    public void Dispose() => Model.Dispose();

    /// <summary>Of each map K x H x W, on the CPU.</summary>
    private Tensor[] Look(Image image)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[]? sums = null;
        foreach (double scale in Options.Scales)
        {
            var size = new ImageSize(Math.Max(1, (int)Math.Round(image.Height * scale)), Math.Max(1, (int)Math.Round(image.Width * scale)));
            Image seen = size == image.Size ? image : image.ResizeAsPillow(size, Interpolation.Bilinear);
            using var view = new TensorScope();
            Tensor pixels = Model.Transform.Batch([seen]).To(Device);
            Tensor[] maps = Model.PredictMaps(pixels);
            if (Options.Flip) maps = [.. maps.Zip(Model.PredictMaps(pixels.Flip(3)), (map, mirrored) => (map + mirrored.Flip(3)) * 0.5)];
            if (size != image.Size) maps = [.. maps.Select(map => Functional.ResizeBilinear(map, image.Height, image.Width))];
            sums = view.Keep(sums is null ? maps : [.. sums.Zip(maps, (sum, map) => sum + map)]);
        }
        return scope.Keep((Tensor[])[.. sums!.Select(sum =>
        {
            Tensor mean = Options.Scales.Count == 1 ? sum : sum * (1.0 / Options.Scales.Count);
            mean = mean[0].To(Device.Cpu).Contiguous();                                                  // K,H,W
            return Options.Crf is { } crf ? new DenseCrf(crf).Refine(mean, image) : mean;
        })]);
    }
}
