using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>The second stage's head: two fully connected layers on the features of a region.</summary>
/// <remarks>Lin et al.: "Feature Pyramid Networks", section 4.2: 1,024 units each, random at the start.</remarks>
public sealed class TwoMlpHead : Layer
{
    private readonly Linear _fc6, _fc7;
    private readonly Dropout _dropout;

    /// <summary>A head over so many numbers a region.</summary>
    /// <param name="inFeatures">Numbers a region.</param>
    /// <param name="width">Units of each layer.</param>
    /// <param name="dropout">Chance that a unit is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public TwoMlpHead(long inFeatures, long width = 1024, double dropout = 0, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _fc6 = Child("fc6", new Linear(inFeatures, width, generator: generator));
        _fc7 = Child("fc7", new Linear(width, width, generator: generator));
        _dropout = Child("dropout", new Dropout(dropout));
    }

    /// <summary>R x C x S x S to R x width.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor hidden = _dropout.Forward(_fc6.Forward(input.Flatten(1)).ReluInPlace());
        return _dropout.Forward(_fc7.Forward(hidden).ReluInPlace());
    }
}

/// <summary>The second stage's head with convolutions: 3x3 with batch norm on the region's map, then one fully connected layer.</summary>
/// <remarks>Li, Xie, Chen, Dollar, Girshick: "Benchmarking Detection Transfer Learning with Vision Transformers" (2021), section A; the
/// form is torchvision's FastRCNNConvFCHead.</remarks>
public sealed class ConvolutionHead : Layer
{
    private readonly Layer[] _layers;

    /// <summary>A head over maps of so many channels.</summary>
    /// <param name="channels">Channels of a region's map, kept by the convolutions.</param>
    /// <param name="side">Height and width of a region's map.</param>
    /// <param name="convolutions">How many of them.</param>
    /// <param name="width">Units of the layer.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ConvolutionHead(long channels, int side, int convolutions, long width = 1024, Generator? generator = null)
    {
        using var scope = new TensorScope();
        IEnumerable<Layer> blocks = Enumerable.Range(0, convolutions).Select(_ =>
            new ConvNormActivation(channels, channels, 3, 1, count => new BatchNorm2d(count), generator: generator));
        _layers = [.. blocks, new Flatten(), new Linear(channels * side * side, width, generator: generator)];
        for (int i = 0; i < _layers.Length; i++) Child($"{i}", _layers[i]);   // torchvision's names
        InitialWeights.FanOut(this, generator);
    }

    /// <summary>R x C x S x S to R x width.</summary>
    protected override Tensor Apply(Tensor input) =>
        _layers.Aggregate(input, (x, layer) => layer.Forward(x)).ReluInPlace();
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
