using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Detection;

/// <summary>Keypoint R-CNN: Faster R-CNN with a branch that finds the key points of each object, such as a person's joints.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 5. What it finds has
/// <see cref="Structures.Detections.Keypoints"/>; it learns from <see cref="DetectionTarget.Keypoints"/>.</remarks>
/// <param name="backbone">The maps that all parts share.</param>
/// <param name="classCount">K + 1: the classes and the background.</param>
/// <param name="options">Faster R-CNN's numbers.</param>
/// <param name="keypoints">The key-point branch's numbers.</param>
/// <param name="generator">Source of the initial weights; the default one where null.</param>
public sealed class KeypointRcnn(DetectorBackbone backbone, int classCount, FasterRcnnOptions options, KeypointBranchOptions keypoints,
    Generator? generator)
    : FasterRcnn(backbone, classCount, options, new KeypointBranch(backbone.OutChannels, keypoints, generator), generator)
{
    /// <summary>The key-point branch's numbers.</summary>
    public KeypointBranchOptions Keypoints { get; } = keypoints;

    /// <inheritdoc/>
    public override bool FindsKeypoints => true;
}
