using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch.Serialization;

namespace Fovea.Inference.Verification;

/// <summary>A picture as it was given to the reference model.</summary>
/// <param name="Size">Its size.</param>
/// <param name="Pixels">3 x H x W in 0..1: red, green, blue planes.</param>
public sealed record ReferenceImage(ImageSize Size, float[] Pixels);

/// <summary>What the reference model found in one picture, by falling score.</summary>
/// <param name="Boxes">D x 4: x1 y1 x2 y2 in pixels of the picture.</param>
/// <param name="Scores">D.</param>
/// <param name="Labels">D, from 1.</param>
public sealed record ExpectedDetections(float[] Boxes, float[] Scores, long[] Labels)
{
    /// <summary>Number of detections, D.</summary>
    public int Count => Scores.Length;

    /// <summary>The probability of each pixel of the picture for each: D x H x W; null where the file does not tell.</summary>
    public float[]? Masks { get; init; }

    /// <summary>D x P x 3: x and y in pixels of the picture, and 1; null where the file does not tell.</summary>
    public float[]? Keypoints { get; init; }

    /// <summary>D x P; null where the file does not tell.</summary>
    public float[]? KeypointScores { get; init; }
}

/// <summary>The objects that a picture's losses were computed for.</summary>
/// <param name="Boxes">G x 4: x1 y1 x2 y2 in pixels of the picture.</param>
/// <param name="Labels">G, from 1.</param>
public sealed record ReferenceTarget(float[] Boxes, long[] Labels)
{
    /// <summary>The pixels of each object; null where the file does not tell.</summary>
    public RunLengthMask[]? Masks { get; init; }

    /// <summary>G x P x 3: x and y in pixels of the picture, and the visibility; null where the file does not tell.</summary>
    public float[]? Keypoints { get; init; }
}

/// <summary>The gradient of a loss by a parameter.</summary>
/// <param name="Loss">Which loss, or null for the sum of all.</param>
/// <param name="Parameter">The parameter's full name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Row by row.</param>
public sealed record ReferenceGradient(string? Loss, string Parameter, long[] Shape, float[] Values);

/// <summary>What another program computed with a detector's weights: pictures, what it found in them, and the losses and gradients of
/// a training step. Read from a safetensors file and checked.</summary>
/// <remarks>
/// The file holds, with i counting the pictures of one batch from 0, float32 except for labels (int64) and true masks (uint8):
/// <list type="bullet">
/// <item><c>image.i</c>, 3 x H x W, 0..1, as given to the model (before it resizes and normalises);</item>
/// <item><c>boxes.i</c> D x 4, <c>scores.i</c> D falling, <c>labels.i</c> D from 1: what it found, in pixels of the picture; or for
/// no picture;</item>
/// <item><c>masks.i</c> D x 1 x H x W, 0..1; <c>keypoints.i</c> D x P x 3 and <c>keypoints_scores.i</c> D x P: the same of their
/// masks and key points;</item>
/// <item><c>target.boxes.i</c> G x 4 and <c>target.labels.i</c> G from 1, with <c>loss.NAME</c>, a scalar each: the losses in
/// training mode and with its number of proposals, but batch norm and dropout in evaluation mode and every sampler taking all of
/// its candidates;</item>
/// <item><c>target.masks.i</c> G x H x W uint8, 0 or 1, and <c>target.keypoints.i</c> G x P x 3: the same objects' masks and key
/// points;</item>
/// <item><c>grad.PARAMETER</c>, the gradient of the sum of the losses, or <c>grad.NAME.PARAMETER</c>, of one.</item>
/// </list>
/// </remarks>
public sealed class DetectorReference
{
    private DetectorReference(string path, ReferenceImage[] images, ExpectedDetections[]? detections, ReferenceTarget[]? targets,
        IReadOnlyDictionary<string, float> losses, IReadOnlyList<ReferenceGradient> gradients) =>
        (Path, Images, Detections, Targets, Losses, Gradients) = (path, images, detections, targets, losses, gradients);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The pictures, one batch.</summary>
    public IReadOnlyList<ReferenceImage> Images { get; }

    /// <summary>What was found in each picture, or null where the file does not tell.</summary>
    public IReadOnlyList<ExpectedDetections>? Detections { get; }

    /// <summary>The objects of each picture, or null where the file holds no losses.</summary>
    public IReadOnlyList<ReferenceTarget>? Targets { get; }

    /// <summary>The losses by torchvision's names; none without targets.</summary>
    public IReadOnlyDictionary<string, float> Losses { get; }

    /// <summary>The gradients, in the order of the file.</summary>
    public IReadOnlyList<ReferenceGradient> Gradients { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="TensorFileException">The file is damaged, a tensor is missing, unknown, or of another type, shape or range
    /// than it should be.</exception>
    public static DetectorReference Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var tensors = new ReferenceTensors(file);
        int count = tensors.Count("image");
        if (count == 0)
            throw new TensorFileException(path,
                "it has no image.0: a detector's reference holds its pictures as image.0, image.1, ..., 3 x H x W, 0..1.");
        ReferenceImage[] images = [.. Enumerable.Range(0, count).Select(tensors.Image)];
        bool found = tensors.Any("boxes", "scores", "labels");
        bool learns = tensors.Any("target.boxes", "target.labels") || tensors.LossNames.Count > 0;
        if (!found && !learns)
            throw new TensorFileException(path,
                "it holds nothing to compare with: neither boxes.0, scores.0 and labels.0 nor target.boxes.0, target.labels.0 and losses.");
        ExpectedDetections[]? detections = found ? [.. Enumerable.Range(0, count).Select(i => tensors.Detections(i, images[i].Size))] : null;
        ReferenceTarget[]? targets = learns ? [.. Enumerable.Range(0, count).Select(i => tensors.Target(i, images[i].Size))] : null;
        if (learns && tensors.LossNames.Count == 0)
            throw new TensorFileException(path, "it holds targets but no loss.NAME to compare with.");
        Dictionary<string, float> losses = tensors.LossNames.ToDictionary(name => name, tensors.Loss);
        ReferenceGradient[] gradients = [.. tensors.Gradients(losses)];
        if (gradients.Length > 0 && !learns)
            throw new TensorFileException(path, "it holds gradients but no targets and losses that they belong to.");
        tensors.RejectOthers();
        return new DetectorReference(path, images, detections, targets, losses, gradients);
    }
}
