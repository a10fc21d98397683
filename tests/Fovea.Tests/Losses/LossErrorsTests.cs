using Fovea.Layers;
using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Tensors that do not fit are refused with a message that names them.</summary>
public class LossErrorsTests
{
    private static Tensor Logits => Tensor.Zeros([2, 3]);

    private static Tensor Classes(params long[] classes) => Tensor.From(classes, classes.Length);

    [Fact]
    public void Shapes_and_types_of_class_targets()
    {
        using var scope = new TensorScope();
        foreach (Func<Tensor, Tensor, object> loss in (Func<Tensor, Tensor, object>[])[(x, y) => CrossEntropy.Compute(x, y),
            (x, y) => FocalLoss.Softmax(x, y), (x, y) => FocalLoss.Sigmoid(x, y), (x, y) => BinaryCrossEntropy.Compute(x, y),
            (x, y) => SigmoidMeanSquaredError.Compute(x, y), (x, y) => SoftIouLoss.Compute(x, y), (x, y) => DiceLoss.Compute(x, y),
            (x, y) => CircleLoss.ClassLevel(x, y),
            (x, y) => new ClassificationLoss().Compute(x, y)])
        {
            Says(() => loss(Logits, Classes(0, 1, 2)), "float32[2, 3]", "int64[3]", "classes, int64[2]");
            Says(() => loss(Logits, Tensor.Zeros([2, 4])), "float32[2, 3]", "float32[2, 4]");
            Says(() => loss(Logits, Tensor.Zeros([2], DType.Int32)), "int32[2]", "int64[2]");
            Says(() => loss(Logits, Classes(0, 3)), "class 3", "3 classes, 0 to 2");
            Says(() => loss(Logits, Classes(0, -1)), "class -1");
            Says(() => loss(Tensor.Zeros([2, 3], DType.Int64), Classes(0, 1)), "int64[2, 3]", "floating point");
            Says(() => loss(Tensor.Zeros([2, 0]), Classes(0, 1)), "K at least 1");
            Says(() => loss(Logits, Tensor.Full([2, 3], 1.5)), "between 1.5 and 1.5");
            Says(() => loss(Logits, Tensor.Full([2, 3], double.NaN)), "NaN");
        }
        Says(() => CrossEntropy.Compute(Logits, Classes(0, 255)), "Set the ignore index to 255");
        Says(() => CircleLoss.ClassLevel(Logits, Classes(0, 5)), "leave such ones out");
    }

    [Fact]
    public void Shares_that_do_not_add_up()
    {
        using var scope = new TensorScope();
        Tensor two = Tensor.From([1f, 1, 0, 1, 0, 0], 2, 3);
        Says(() => CrossEntropy.Compute(Logits, two), "between 1 and 2", "binary cross entropy");
        Says(() => FocalLoss.Softmax(Logits, two), "between 1 and 2");
        BinaryCrossEntropy.Compute(Logits, two);
        Tensor rounded = Tensor.Full([2, 3], 1 / 3.0).To(DType.BFloat16);
        Assert.Equal(Math.Log(3), CrossEntropy.Compute(Logits, rounded).Item(), 0.01);
    }

    [Fact]
    public void Weights()
    {
        using var scope = new TensorScope();
        Tensor wrong = Tensor.Ones([2]);
        Says(() => CrossEntropy.Compute(Logits, Classes(0, 1), classWeights: wrong), "float32[2]", "float32[2, 3]", "[3]");
        Says(() => FocalLoss.Softmax(Logits, Classes(0, 1), classWeights: wrong), "float32[2]", "[3]");
        Says(() => BinaryCrossEntropy.Compute(Logits, Classes(0, 1), positiveWeights: wrong), "float32[2]", "[3]");
        Says(() => BinaryCrossEntropy.Compute(Logits, Classes(0, 1), wrong), "float32[2]", "float32[2, 3]", "broadcast");
    }

    [Fact]
    public void Circle_loss_takes_cosines_and_classes()
    {
        using var scope = new TensorScope();
        Says(() => CircleLoss.ClassLevel(Logits + 3, Classes(0, 1)), "reach 3", nameof(CosineLinear));
        Says(() => CircleLoss.ClassLevel(Logits, Tensor.Full([2, 3], 1 / 3.0)), "float32[2, 3]", "classes");
        Says(() => CircleLoss.PairWise(Logits, Classes(0, 1, 2)), "float32[2, 3]", "int64[3]");
        Says(() => CircleLoss.PairWise(Logits, Tensor.Zeros([2])), "N int64");
        Says(() => CircleLoss.Cosines(Logits, Tensor.Zeros([2, 4])), "float32[2, 3]", "float32[2, 4]");
    }

    [Fact]
    public void Smooth_L1_and_entropy()
    {
        using var scope = new TensorScope();
        Says(() => SmoothL1Loss.Compute(Logits, Tensor.Zeros([3])), "float32[2, 3]", "float32[3]");
        Says(() => SmoothL1Loss.Compute(Logits, Tensor.Zeros([2, 3], DType.Int64)), "int64[2, 3]");
        Assert.Throws<ArgumentOutOfRangeException>(() => SmoothL1Loss.Compute(Logits, Logits, beta: -1));
        Says(() => PredictionEntropy.Compute(Tensor.Zeros([3])), "float32[3]", "N x K");
    }

    [Fact]
    public void Options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropyOptions { LabelSmoothing = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigmoidFocalOptions { Gamma = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigmoidFocalOptions { Alpha = 2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SoftmaxFocalOptions { Gamma = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new OverlapOptions { Smoothing = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new OverlapOptions { Probability = (OverlapProbability)7 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CircleOptions { Margin = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CircleOptions { Scale = 0 });
        using var scope = new TensorScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => CrossEntropy.Compute(Logits, Classes(0, 1), reduction: (Reduction)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => PredictionEntropy.Compute(Logits, (Reduction)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => CircleLoss.PairWise(Logits, Classes(0, 1), reduction: (Reduction)9));
    }

    private static void Says(Func<object> action, params string[] parts)
    {
        string message = Assert.ThrowsAny<ArgumentException>(action).Message;
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
