using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Benchmarks.Models;

/// <summary>What both sides of the detector's benchmarks start from: the same weights and the same pictures.</summary>
internal static class DetectorInputs
{
    public const string ModelId = "fasterrcnn_resnet50_fpn";

    /// <summary>Outputs of the classifier: COCO's 90 ids and the background.</summary>
    public const int ClassCount = 91;

    /// <summary>The detector with weights by formula, under which scores and boxes spread as in a trained one.</summary>
    public static Detector Model(ImageSize size)
    {
        Detector model = ModelZoo.FindDetector(ModelId).Create(ClassCount,
            new DetectorSettings { MinSize = Math.Min(size.Height, size.Width), MaxSize = 2 * Math.Max(size.Height, size.Width) }, null);
        FormulaWeights.Fill(model);
        return model;
    }

    /// <summary>Pictures with things in them, whose boxes serve as targets.</summary>
    public static Sample[] Pictures(int count, ImageSize size)
    {
        var scenes = new Scenes(count, seed: 1, size);
        return [.. Enumerable.Range(0, count).Select(scenes.Load)];
    }

    /// <summary>Writes all of it for the peer.</summary>
    public static void Write(string folder, Detector model, IReadOnlyList<Sample> pictures)
    {
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, "weights.safetensors"),
            model.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray());
        InputFile.Write(folder, pictures.SelectMany((picture, n) =>
        {
            DetectionTarget target = DetectionTarget.From(picture.Annotations, picture.Image.Size, picture.Image.Size);
            return new (string, Tensor)[]
            {
                ($"image.{n}", Tensor.From(picture.Image.Pixels, picture.Image.Height, picture.Image.Width, 3)),
                ($"boxes.{n}", target.Boxes), ($"labels.{n}", target.Labels),
            };
        }));
    }
}
