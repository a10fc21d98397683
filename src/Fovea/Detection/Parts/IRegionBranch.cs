using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What a two-stage detector tells of an object beside its class and box, from features of the object's region: its mask, or its
/// key points.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 3: a branch that runs beside the box's.</remarks>
public interface IRegionBranch
{
    /// <summary>Its layers, by their names in the second stage.</summary>
    IReadOnlyList<(string Name, Module Part)> Parts { get; }

    /// <summary>Name of its loss.</summary>
    string LossName { get; }

    /// <summary>Its loss over the regions that learn an object; zero, with a gradient, where there are none.</summary>
    /// <param name="features">The maps, from fine to coarse, each N x C x H x W.</param>
    /// <param name="objects">The regions.</param>
    /// <param name="targets">What there is in each picture.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    Tensor ComputeLoss(IReadOnlyList<Tensor> features, ObjectRegions objects, IReadOnlyList<DetectionTarget> targets,
        IReadOnlyList<ImageSize> sizes);

    /// <summary>Adds what it tells to what was found.</summary>
    /// <param name="results">What was found in each picture, in the original pictures' pixels.</param>
    /// <param name="features">The maps, from fine to coarse, each N x C x H x W.</param>
    /// <param name="found">The same objects in pixels of the batch.</param>
    /// <param name="images">The pictures.</param>
    Detections[] Complete(Detections[] results, IReadOnlyList<Tensor> features, IReadOnlyList<DetectionCandidates> found, ImageBatch images);
}

/// <summary>Regions that learn an object.</summary>
/// <param name="Regions">For each picture R_n x 4, in pixels of the batch.</param>
/// <param name="Labels">R int64 over all pictures, from 1.</param>
/// <param name="Matches">For each picture R_n int64: which of its objects.</param>
public sealed record ObjectRegions(Tensor[] Regions, Tensor Labels, Tensor[] Matches);
