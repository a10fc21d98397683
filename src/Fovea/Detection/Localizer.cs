using Fovea.Backbones;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>Finds the one main object of a picture: a classification network with two heads, one for its class and one for its
/// box.</summary>
/// <remarks>The single-object detector with which lectures on detection begin; as in Krizhevsky et al. (NIPS 2012), Sermanet et al.:
/// "OverFeat" (ICLR 2014, section 4) and the localisation task of ILSVRC (Russakovsky et al., IJCV 2015). It learns from the largest
/// object of each picture. A picture without objects teaches the class "nothing" (label 0) and no box.</remarks>
public sealed class Localizer : Detector
{
    private readonly Backbone _backbone;
    private readonly Linear _classHead, _boxHead;
    private readonly int _side;

    /// <summary>Puts two heads on a backbone.</summary>
    /// <param name="backbone">A network without a head.</param>
    /// <param name="classCount">K + 1: the classes and "nothing".</param>
    /// <param name="options">Its numbers; the defaults where null.</param>
    /// <param name="generator">Source of the heads' initial weights; the default one where null.</param>
    public Localizer(Backbone backbone, int classCount, LocalizerOptions? options = null, Generator? generator = null)
        : base(classCount)
    {
        Options = options ?? new LocalizerOptions();
        BackboneStage last = backbone.Features[^1];
        int divisor = Options.Transform.SizeDivisor;
        _side = (Options.Transform.MaxSize + divisor - 1) / divisor * divisor;
        long cells = (_side + last.Stride - 1) / last.Stride;
        _backbone = Child("backbone", backbone);
        _classHead = Child("class_head", new Linear(last.Channels, classCount, generator: generator));
        _boxHead = Child("box_head", new Linear(last.Channels * cells * cells, 4, generator: generator));
    }

    /// <summary>Its numbers.</summary>
    public LocalizerOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override bool TakesOneSize => true;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override int DetectionsPerImage => 1;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        (Tensor logits, Tensor boxes) = Forward(images.Pixels);                                         // N,K+1 and N,4
        (int Object, float[] Box, long Label)[] mains = [.. targets.Select(MainObject)];
        Device device = logits.Device;
        Tensor labels = Tensor.From(mains.Select(main => main.Label).ToArray(), mains.Length).To(device);
        Tensor goals = Tensor.From(mains.SelectMany(main => main.Box).ToArray(), mains.Length, 4).To(device);
        Tensor present = Tensor.From(mains.Select(main => main.Object >= 0 ? 1f : 0f).ToArray(), mains.Length, 1).To(device);
        // A mean over the pictures with an object; without any, zero.
        Tensor distance = SmoothL1Loss.Compute(boxes * present, goals, Options.BoxBeta, Reduction.Sum);
        double objects = Math.Max(1, mains.Count(main => main.Object >= 0));
        return new Dictionary<string, Tensor>
        {
            ["loss_classifier"] = CrossEntropy.Compute(logits, labels),
            ["loss_box_reg"] = distance * (Options.BoxWeight / objects),
        };
    }

    /// <summary>The surest class of each picture but "nothing", with its box; no object where its score is below the threshold, or its
    /// box is empty.</summary>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        (Tensor logits, Tensor boxes) = Forward(images.Pixels);
        (Tensor scores, Tensor classes) = logits.Softmax(1)[.., 1..].Max(1);
        float[] score = scores.ToArray<float>(), edges = boxes.ToArray<float>();
        long[] category = classes.ToArray<long>();
        return [.. Enumerable.Range(0, images.Count).Select(n =>
        {
            ImageSize original = images.OriginalSizes[n], resized = images.Sizes[n];
            Box box = FromCode(edges.AsSpan(4 * n, 4)).Clip(resized)
                .Scale((double)original.Height / resized.Height, (double)original.Width / resized.Width);
            return score[n] >= Options.ScoreThreshold && !box.IsEmpty      // neither where it is not a number
                ? new Detections(original, [box], [score[n]], [(int)category[n]])
                : Detections.None(original);
        })];
    }

    // Pictures in the upper left corner of a square: logits N x K+1 and boxes N x 4.
    private (Tensor Logits, Tensor Boxes) Forward(Tensor pixels)
    {
        if (pixels.Size(2) != _side || pixels.Size(3) != _side) pixels = pixels.Pad([0, _side - pixels.Size(3), 0, _side - pixels.Size(2)]);
        Tensor map = _backbone.Forward(pixels)[^1];                                                     // N,C,S/32,S/32
        return (_classHead.Forward(map.Mean([2, 3])), _boxHead.Forward(map.Contiguous().Flatten(1)));
    }

    // The largest object: its index (-1 without any), its box as the network tells it, its label.
    private (int Object, float[] Box, long Label) MainObject(DetectionTarget target)
    {
        float[] edges = target.Boxes.ToArray<float>();
        if (edges.Length == 0) return (-1, new float[4], 0);
        int main = Enumerable.Range(0, edges.Length / 4)
            .MaxBy(i => (edges[4 * i + 2] - edges[4 * i]) * (edges[4 * i + 3] - edges[4 * i + 1]));
        return (main, ToCode(edges.AsSpan(4 * main, 4)), target.Labels.ToArray<long>()[main]);
    }

    // Centre, width and height as shares of the square's side: of the same size for all pictures.
    private float[] ToCode(ReadOnlySpan<float> b) =>
        [(b[0] + b[2]) / 2 / _side, (b[1] + b[3]) / 2 / _side, (b[2] - b[0]) / _side, (b[3] - b[1]) / _side];

    private Box FromCode(ReadOnlySpan<float> c)
    {
        double halfWidth = Math.Max(0, c[2]) / 2, halfHeight = Math.Max(0, c[3]) / 2;
        return new Box((c[0] - halfWidth) * _side, (c[1] - halfHeight) * _side, (c[0] + halfWidth) * _side, (c[1] + halfHeight) * _side);
    }
}

/// <summary>The numbers of a <see cref="Localizer"/>.</summary>
public sealed record LocalizerOptions
{
    /// <summary>How pictures become batches; the square that they lie in has the side of its largest size.</summary>
    public DetectionTransform Transform { get; init; } = new() { MinSize = 224, MaxSize = 224 };

    /// <summary>An object below this score is not told.</summary>
    public double ScoreThreshold { get; init => field = Check.Fraction(value); } = 0.05;

    /// <summary>What the box's loss counts against that of the class.</summary>
    public double BoxWeight { get; init => field = Check.NotNegative(value); } = 5;

    /// <summary>Where the box's loss passes from a square to a straight line, as a share of the square's side.</summary>
    public double BoxBeta { get; init => field = Check.NotNegative(value); } = 0.05;
}
