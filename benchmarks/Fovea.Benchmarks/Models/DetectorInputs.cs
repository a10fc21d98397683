using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Benchmarks.Models;

/// <summary>What both sides of a detector's benchmarks start from: the same weights and the same pictures.</summary>
internal sealed class DetectorInputs(string id, bool quick)
{
    private const string ClassBias = "head.classification_head.cls_logits.bias";

    /// <summary>The detectors that torchvision has, in the order that peers/detector.py knows.</summary>
    public static IReadOnlyList<string> Networks { get; } =
    [
        "fasterrcnn_resnet50_fpn", "fasterrcnn_resnet50_fpn_v2", "fasterrcnn_mobilenet_v3_large_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn",
        "maskrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn_v2", "keypointrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "retinanet_resnet50_fpn_v2",
        "fcos_resnet50_fpn", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large",
    ];

    /// <summary>Torchvision's name of the network.</summary>
    public string Id => id;

    /// <summary>The first network's benchmarks are the oldest, and have short names.</summary>
    public bool IsFirst => id == Networks[0];

    /// <summary>Whether it draws masks.</summary>
    public bool FindsMasks => id.StartsWith("maskrcnn", StringComparison.Ordinal);

    /// <summary>Whether it finds key points.</summary>
    public bool FindsKeypoints => id.StartsWith("keypointrcnn", StringComparison.Ordinal);

    /// <summary>Whether training draws anchors and regions at random.</summary>
    public bool Samples => id.Contains("rcnn", StringComparison.Ordinal);

    /// <summary>What it tells of a picture.</summary>
    public string Finds => FindsMasks ? "boxes and masks" : FindsKeypoints ? "boxes and key points" : "boxes";

    /// <summary>Size of the pictures: such that the network sees them as they are.</summary>
    public ImageSize Size { get; } = id switch
    {
        "ssd300_vgg16" => new(300, 300),
        "ssdlite320_mobilenet_v3_large" => new(320, 320),
        _ when quick => new(96, 128),
        "fasterrcnn_mobilenet_v3_large_320_fpn" => new(320, 427),
        _ => new(800, 1067),
    };

    /// <summary>What the peer has to know.</summary>
    public Dictionary<string, double> Settings => new()
    {
        ["network"] = Networks.ToList().IndexOf(id), ["classes"] = ClassCount, ["min_size"] = MinSize, ["max_size"] = MaxSize,
    };

    /// <summary>The classes: COCO's 90 ids, or persons alone.</summary>
    public Category[] Categories => [.. Enumerable.Range(1, ClassCount - 1).Select(number => new Category(number, $"class {number}"))];

    private int ClassCount => FindsKeypoints ? 2 : 91;

    private int MinSize => Math.Min(Size.Height, Size.Width);

    private int MaxSize => 2 * Math.Max(Size.Height, Size.Width);

    /// <summary>The detector with weights by formula, under which scores and boxes spread as in a trained one.</summary>
    public Detector Model()
    {
        bool hasOneSize = id.StartsWith("ssd", StringComparison.Ordinal);
        Detector model = ModelZoo.FindDetector(id).Create(ClassCount,
            new DetectorSettings { MinSize = hasOneSize ? null : MinSize, MaxSize = hasOneSize ? null : MaxSize });
        FormulaWeights.Fill(model);
        SilenceBackground(model);
        return model;
    }

    /// <summary>Pictures with things in them, which serve as targets, as far as the network learns from them.</summary>
    public Sample[] Pictures(int count)
    {
        var scenes = new Scenes(100, seed: 1, Size);
        return [.. Enumerable.Range(0, scenes.Count).Select(scenes.Load).Select(Reduced).Where(picture => picture.Annotations.Count > 0).Take(count)];
    }

    /// <summary>Writes all of it for the peer.</summary>
    public void Write(string folder, Detector model, IReadOnlyList<Sample> pictures)
    {
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, "weights.safetensors"),
            model.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray());
        InputFile.Write(folder, pictures.SelectMany((picture, n) => Tensors(picture).Select(tensor => ($"{tensor.Name}.{n}", tensor.Value))));
    }

    private static IEnumerable<(string Name, Tensor Value)> Tensors(Sample picture)
    {
        ImageSize size = picture.Image.Size;
        DetectionTarget target = DetectionTarget.From(picture.Annotations, size, size);
        yield return ("image", Tensor.From(picture.Image.Pixels, size.Height, size.Width, 3));
        yield return ("boxes", target.Boxes);
        yield return ("labels", target.Labels);
        if (target.Masks is { } masks)
            yield return ("masks", Tensor.From<byte>([.. masks.SelectMany(mask => mask.ToBitmap().Pixels)], masks.Count, size.Height, size.Width));
        if (target.Keypoints is { } keypoints) yield return ("keypoints", keypoints);
    }

    // Neither side should prepare what its network has no use for.
    private Sample Reduced(Sample picture)
    {
        IEnumerable<Annotation> objects = picture.Annotations.Select(one => one with { Mask = FindsMasks ? one.Mask : null });
        return picture with
        {
            Annotations = [.. FindsKeypoints ? objects.Where(one => one.Keypoints.Count > 0).Select(one => one with { Category = 0 })
                : objects.Select(one => one with { Keypoints = [] })],
        };
    }

    // RetinaNet and FCOS have an output for the background that never learns. The peer would tell what it says as label 0, Fovea never does.
    private void SilenceBackground(Detector model)
    {
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor bias) in model.StateDict())
            if (name == ClassBias) bias.Slice(0, 0, step: ClassCount).CopyInPlace(Tensor.Full([bias.Numel / ClassCount], -1000));
    }
}
