using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>The second stage's head: two fully connected layers on the features of a region.</summary>
/// <remarks>Lin et al.: "Feature Pyramid Networks", section 4.2: 1,024 units each, random at the start.</remarks>
public sealed class TwoMlpHead : Layer
{
    private readonly Linear _fc6;
    private readonly Linear _fc7;

    /// <summary>A head over so many numbers a region.</summary>
    public TwoMlpHead(long inFeatures, long width = 1024, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _fc6 = Child("fc6", new Linear(inFeatures, width, generator: generator));
        _fc7 = Child("fc7", new Linear(width, width, generator: generator));
    }

    /// <summary>R x C x S x S to R x width.</summary>
    protected override Tensor Apply(Tensor input) => _fc7.Forward(_fc6.Forward(input.Flatten(1)).ReluInPlace()).ReluInPlace();
}

/// <summary>What a region is, and how to shift its box for each class.</summary>
/// <remarks>Girshick: "Fast R-CNN", section 2.1: two sibling layers.</remarks>
public sealed class FastRcnnPredictor : Module
{
    private readonly Linear _classes;
    private readonly Linear _boxes;

    /// <summary>A predictor of K + 1 classes, background first.</summary>
    public FastRcnnPredictor(long inFeatures, int classCount, Generator? generator = null)
    {
        using var scope = new TensorScope();
        ClassCount = classCount;
        _classes = Child("cls_score", new Linear(inFeatures, classCount, generator: generator));
        _boxes = Child("bbox_pred", new Linear(inFeatures, classCount * 4, generator: generator));
    }

    /// <summary>K + 1.</summary>
    public int ClassCount { get; }

    /// <summary>R x width to logits R x (K+1) and deltas R x 4(K+1).</summary>
    public (Tensor Logits, Tensor Deltas) Forward(Tensor input) => (_classes.Forward(input), _boxes.Forward(input));
}
