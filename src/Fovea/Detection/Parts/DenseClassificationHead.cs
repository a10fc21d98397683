using Fovea.Losses;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>RetinaNet's and FCOS's first head: the class of every anchor on every cell of every level, each class by itself.</summary>
/// <remarks>Lin et al.: "Focal Loss for Dense Object Detection" (ICCV 2017), section 4; parameter names are torchvision's. Letters: N
/// pictures, A anchors of all levels, K classes; like torchvision's, the network has K + 1 outputs for an anchor, of which the first,
/// the background's, never learns to be one and is never told.</remarks>
public sealed class DenseClassificationHead : Module
{
    // A rare class everywhere: what random weights say of every anchor, so that the many without an object do not drown the first steps.
    private const double PriorProbability = 0.01;

    private readonly HeadTower _tower;
    private readonly ConvolutionUnit _logits;
    private readonly int _classCount;

    /// <summary>A head.</summary>
    /// <param name="tower">Its convolutions.</param>
    /// <param name="channels">Channels of the maps.</param>
    /// <param name="anchorsPerCell">Anchors of a cell.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DenseClassificationHead(HeadTower tower, long channels, int anchorsPerCell, int classCount, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _classCount = classCount;
        _tower = Child("conv", tower);
        Conv2d logits = HeadTower.Gaussian(channels, (long)anchorsPerCell * classCount, bias: true, generator);
        Init.Constant(logits.Bias!, -Math.Log((1 - PriorProbability) / PriorProbability));
        _logits = Own(new ConvolutionUnit(Child("cls_logits", logits)));
    }

    /// <summary>For each level the logits, N x A x (K+1).</summary>
    /// <param name="features">P3 to P7, each N x C x H x W.</param>
    public Tensor[] Forward(IReadOnlyList<Tensor> features) => [.. features.Select(map =>
    {
        using var scope = new TensorScope();
        return scope.Keep(AnchorRows.From(_logits.Forward(_tower.Forward(map)), _classCount));
    })];

    /// <summary>The sum of the focal losses of one picture's anchors.</summary>
    /// <param name="logits">A x (K+1).</param>
    /// <param name="positive">Indices of the anchors that hold an object, int64.</param>
    /// <param name="labels">The class of each of these, int64, from 1.</param>
    /// <param name="counting">Indices of all anchors that count; all of them where null.</param>
    public static Tensor Loss(Tensor logits, Tensor positive, Tensor labels, Tensor? counting = null)
    {
        using var scope = new TensorScope();
        Tensor truth = Tensor.Zeros(logits.Shape, device: logits.Device);
        truth.View(-1).ScatterInPlace(0, positive * logits.Size(1) + labels, 1);
        if (counting is not null) (logits, truth) = (logits.IndexSelect(0, counting), truth.IndexSelect(0, counting));
        return scope.Keep(FocalLoss.Sigmoid(logits, truth, reduction: Reduction.Sum));
    }
}
