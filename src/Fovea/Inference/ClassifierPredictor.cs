using Fovea.Classification;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Quantization;
using Fovea.Weights;

namespace Fovea.Inference;

/// <summary>A trained classifier, ready for pictures. Use from one thread at a time.</summary>
/// <example><code>
/// using ClassifierPredictor predictor = ClassifierPredictor.Load("best.safetensors");
/// ClassScores scores = predictor.Predict(Image.Load("photo.jpg"));
/// Console.WriteLine($"{predictor.Categories[scores.Best].Name} {scores.Probabilities[0]:0.00}");
/// </code></example>
public sealed class ClassifierPredictor : IDisposable
{
    /// <summary>Takes over a model, and puts it into evaluation mode.</summary>
    /// <param name="model">The model; disposed together with the predictor.</param>
    /// <param name="categories">Its classes, in the order of its scores.</param>
    /// <param name="device">Where it runs.</param>
    public ClassifierPredictor(Classifier model, IReadOnlyList<Category> categories, Device device)
    {
        if (categories.Count != model.ClassCount)
            throw new ArgumentException($"The model tells {model.ClassCount} classes apart, but {categories.Count} are named.",
                nameof(categories));
        if (device.IsCuda && QuantizedNetwork.Is(model.Network))
            throw new ArgumentException($"8-bit weights run on the CPU only, but {device} is asked for: use the float32 model there.",
                nameof(device));
        (Model, Categories, Device) = (model, categories, device);
        model.Network.Train(false);
        model.Network.To(device);
    }

    /// <summary>The model.</summary>
    public Classifier Model { get; }

    /// <summary>The classes, in the order of <see cref="ClassScores.Categories"/>.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>Loads a checkpoint, which says itself what model it is.</summary>
    /// <exception cref="Fovea.Torch.Serialization.TensorFileException">The file is missing, damaged, or no checkpoint of a
    /// classifier.</exception>
    public static ClassifierPredictor Load(string path, Device device = default)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return new ClassifierPredictor(checkpoint.CreateClassifier(), checkpoint.Categories, device);
    }

    /// <summary>What one picture shows.</summary>
    public ClassScores Predict(Image image) => Predict([image])[0];

    /// <summary>What several pictures show, looked at together.</summary>
    public ClassScores[] Predict(IReadOnlyList<Image> images)
    {
        if (images.Count == 0) return [];
        using var scope = new TensorScope();
        float[] scores = Model.Predict(Model.Transform.Batch(images).To(Device)).ToArray<float>();
        return [.. images.Select((image, n) => new ClassScores(image.Size, scores.AsSpan(n * Model.ClassCount, Model.ClassCount)))];
    }

    /// <summary>Releases the model.</summary>
    public void Dispose() => Model.Dispose();
}
