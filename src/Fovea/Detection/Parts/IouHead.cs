using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>IoU-Net's head: predicts the IoU of a box with the object that it is for, from the features under the box.</summary>
/// <remarks>Jiang, Luo, Mao, Xiao, Jiang: "Acquisition of Localization Confidence for Accurate Object Detection" (ECCV 2018), sections 2.2
/// and 3.4: two fully connected layers on precisely pooled features, and a prediction for each class. Letters: N pictures, R boxes of all
/// of them, K classes, S the pooled side.</remarks>
public sealed class IouHead : Module
{
    private readonly MultiScaleRoiAlign _pool = new(Pooling: RoiPooling.Precise);
    private readonly TwoMlpHead _layers;
    private readonly Linear _predictor;

    /// <summary>A head.</summary>
    /// <param name="channels">C of the pyramid's maps.</param>
    /// <param name="width">Of its two layers.</param>
    /// <param name="classes">K, without background.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public IouHead(long channels, int width, int classes, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _layers = Child("layers", new TwoMlpHead(channels * _pool.Size * _pool.Size, width, generator: generator));
        _predictor = Child("predictor", new Linear(width, classes, generator: generator));
    }

    /// <summary>The predicted IoU of each box: R. Not limited to 0 to 1. The gradient flows to the boxes too.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="boxes">For each picture R_n x 4, in pixels of the batch.</param>
    /// <param name="labels">R int64, from 1: the class that each box is for.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    public Tensor Forward(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> boxes, Tensor labels, IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        return scope.Keep((Raw(features, boxes, labels, sizes) + 1) * 0.5);
    }

    /// <summary>Smooth L1 between what is predicted and the true IoU, both stretched from [0, 1] to [-1, 1] (section 3.4); the mean over
    /// the boxes, 0 without any.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="jittered">The boxes to learn from.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    public Tensor ComputeLoss(IReadOnlyList<Tensor> features, JitteredBoxes jittered, IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        Tensor predicted = Raw(features, jittered.Boxes, jittered.Labels, sizes);
        Tensor loss = SmoothL1Loss.Compute(predicted, jittered.Ious * 2 - 1, reduction: Reduction.Sum);
        return scope.Keep(loss / Math.Max(1, jittered.Labels.Numel));
    }

    private Tensor Raw(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> boxes, Tensor labels, IReadOnlyList<ImageSize> sizes)
    {
        Tensor hidden = _layers.Forward(_pool.Forward(features, boxes, sizes));                  // R,C,S,S -> R,width
        return _predictor.Forward(hidden).Gather(1, (labels - 1).Unsqueeze(1)).Squeeze(1);       // R
    }
}
