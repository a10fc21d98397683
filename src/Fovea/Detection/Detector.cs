using Fovea.Backbones;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>A network that finds objects: their boxes, classes and scores.</summary>
public abstract class Detector : Module
{
    /// <summary>A detector of so many classes.</summary>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no class beside the background.</exception>
    protected Detector(int classCount) => ClassCount = classCount >= 2 ? classCount
        : throw new ArgumentOutOfRangeException(nameof(classCount), classCount, "A detector needs at least one class and the background.");

    /// <summary>Number of classes with the background, K + 1: the length of a row of logits.</summary>
    public int ClassCount { get; }

    /// <summary>Turns pictures into batches, as this model needs them.</summary>
    public abstract DetectionTransform Transform { get; }

    /// <summary>The parts of the backbone from the input on, for freezing.</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>Detections of a picture at most.</summary>
    public abstract int DetectionsPerImage { get; }

    /// <summary>Whether it finds the pixels of each object.</summary>
    public virtual bool FindsMasks => false;

    /// <summary>Whether it finds the key points of each object.</summary>
    public virtual bool FindsKeypoints => false;

    /// <summary>The losses of a training step, by torchvision's names; their sum is what is minimised.</summary>
    /// <param name="images">N pictures.</param>
    /// <param name="targets">N targets in the frame of the batch.</param>
    /// <param name="generator">Source of the random choices of the samplers, on the CPU.</param>
    /// <exception cref="ArgumentException">There are not as many targets as pictures.</exception>
    public abstract IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator);

    /// <summary>Finds objects. Boxes are in pixels of the original pictures, by falling score.</summary>
    /// <remarks>Call <see cref="Module.Train"/>(false) before, once: in training mode batch norm uses the batch's statistics.</remarks>
    public abstract Detections[] Predict(ImageBatch images);

    /// <summary>Refuses a batch whose targets do not belong to its pictures.</summary>
    /// <exception cref="ArgumentException">There are more or fewer of them.</exception>
    protected static void ExpectTargets(ImageBatch images, IReadOnlyList<DetectionTarget> targets)
    {
        if (images.Count != targets.Count)
            throw new ArgumentException($"{images.Count} pictures came with {targets.Count} targets: give one a picture, " +
                "empty where there is nothing to find.", nameof(targets));
    }
}
