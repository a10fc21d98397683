using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Detection;

/// <summary>Mask R-CNN: Faster R-CNN with a branch that draws the mask of each object.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 3. What it finds has
/// <see cref="Structures.Detections.Masks"/>; it learns from <see cref="DetectionTarget.Masks"/>.</remarks>
/// <param name="backbone">The maps that all parts share.</param>
/// <param name="classCount">K + 1: the classes and the background.</param>
/// <param name="options">Faster R-CNN's numbers.</param>
/// <param name="mask">The mask branch's numbers.</param>
/// <param name="generator">Source of the initial weights; the default one where null.</param>
public sealed class MaskRcnn(DetectorBackbone backbone, int classCount, FasterRcnnOptions options, MaskBranchOptions mask, Generator? generator)
    : FasterRcnn(backbone, classCount, options, new MaskBranch(backbone.OutChannels, classCount, mask, generator), generator)
{
    /// <summary>The mask branch's numbers.</summary>
    public MaskBranchOptions Mask { get; } = mask;

    /// <inheritdoc/>
    public override bool FindsMasks => true;
}
