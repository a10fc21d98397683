using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Inference;

/// <summary>A trained detector, ready for pictures. Use from one thread at a time.</summary>
/// <example><code>
/// using Predictor predictor = Predictor.Load("best.safetensors");
/// Detections found = predictor.Predict(Image.Load("photo.jpg"));
/// </code></example>
public sealed class Predictor : IDisposable
{
    private const int PersonPoints = 17;

    private readonly HashSet<int>? _keypointCategories;

    /// <summary>Takes over a model, and puts it into evaluation mode.</summary>
    /// <param name="model">The model; disposed together with the predictor.</param>
    /// <param name="categories">Its classes, in the order of its labels.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="inference">How it looks at pictures; once as they are where null.</param>
    /// <param name="skeleton">The key points that it finds; COCO's of a person where null and there are as many.</param>
    /// <param name="keypointCategories">The categories, by zero-based index, that have key points; all where null.</param>
    public Predictor(Detector model, IReadOnlyList<Category> categories, Device device, DetectionInference? inference = null,
        Skeleton? skeleton = null, IReadOnlyList<int>? keypointCategories = null)
    {
        if (categories.Count != model.ClassCount - 1)
            throw new ArgumentException($"The model tells {model.ClassCount - 1} classes apart, but {categories.Count} are named.",
                nameof(categories));
        Model = model;
        Categories = categories;
        Device = device;
        Skeleton = skeleton ?? (model is KeypointRcnn { Keypoints.KeypointCount: PersonPoints } ? Skeleton.CocoPerson : null);
        Inference = (inference ?? new DetectionInference()) with { MirrorPairs = Skeleton?.MirrorPairs ?? [] };
        _keypointCategories = keypointCategories is null ? null : [.. keypointCategories];
        model.Train(false);
        model.To(device);
    }

    /// <summary>The model.</summary>
    public Detector Model { get; }

    /// <summary>The classes, in the order of <see cref="Detections.Categories"/>.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>The key points that it finds, where it finds any and they are known.</summary>
    public Skeleton? Skeleton { get; }

    /// <summary>How it looks at pictures.</summary>
    public DetectionInference Inference { get; }

    /// <summary>Loads a checkpoint, which says itself what model it is.</summary>
    /// <param name="path">A checkpoint of Fovea's.</param>
    /// <param name="device">Where it should run.</param>
    /// <param name="settings">Settings to change, such as the score threshold; null for the checkpoint's.</param>
    /// <param name="inference">How it looks at pictures; once as they are where null.</param>
    /// <exception cref="Fovea.Torch.Serialization.TensorFileException">The file is missing, damaged, or no checkpoint of
    /// Fovea's.</exception>
    public static Predictor Load(string path, Device device = default, DetectorSettings? settings = null, DetectionInference? inference = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        Detector model = checkpoint.CreateDetector(settings);
        return new Predictor(model, checkpoint.Categories, device, inference, checkpoint.Skeleton, checkpoint.KeypointCategories);
    }

    /// <summary>Finds objects in one picture.</summary>
    public Detections Predict(Image image) => Predict([image])[0];

    /// <summary>Finds objects in several pictures at once; they are padded to one size, so alike ones cost least.</summary>
    public Detections[] Predict(IReadOnlyList<Image> images)
    {
        if (images.Count == 0) return [];
        if (!Inference.IsPlain) return [.. images.Select(image => Cleaned(Inference.Predict(Model, image, Device)))];
        using var scope = new TensorScope();
        return [.. Model.Predict(Model.Transform.Batch(images).To(Device)).Select(Cleaned)];
    }

    private Detections Cleaned(Detections found) =>
        _keypointCategories is null ? found : found.WithKeypointsOf(_keypointCategories.Contains);

    /// <summary>Releases the model.</summary>
    public void Dispose() => Model.Dispose();
}
