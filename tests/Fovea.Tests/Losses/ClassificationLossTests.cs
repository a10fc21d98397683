using Fovea.Losses;
using Fovea.Torch;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Fovea.Tests.Losses;

public class ClassificationLossTests
{
    private static readonly double[] Weights = [0.5, 2, 1];

    public static TheoryData<ClassificationLossKind> Kinds => [.. Enum.GetValues<ClassificationLossKind>()];

    public static TheoryData<ClassificationLossKind> SoftKinds =>
        [.. Enum.GetValues<ClassificationLossKind>().Except([ClassificationLossKind.Circle])];

    // Within [-1, 1], so that they may be cosines.
    private static Tensor Logits => LossGoldens.Filled([4, 3], 1);

    private static Tensor Classes => Tensor.From([2L, 0, 1, 1], 4);

    private static Tensor OneHot => Tensor.From([0.0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0], 4, 3);

    private static ClassificationLoss Plain(ClassificationLossKind kind) => new() { Kind = kind };

    [Fact]
    public void The_default_is_cross_entropy()
    {
        using var scope = new TensorScope();
        Assert.Equal(CrossEntropy.Compute(Logits, Classes).Item(), new ClassificationLoss().Compute(Logits, Classes).Item(), 1e-12);
        Assert.Equal(CrossEntropy.Compute(Logits, OneHot, new CrossEntropyOptions { LabelSmoothing = 0.1 }, Tensor.From(Weights, 3)).Item(),
            new ClassificationLoss { LabelSmoothing = 0.1, ClassWeights = Weights }.Compute(Logits, OneHot).Item(), 1e-12);
    }

    [Fact]
    public void Each_kind_is_its_loss_and_passes_its_numbers_on()
    {
        using var scope = new TensorScope();
        Same(new ClassificationLoss { Kind = ClassificationLossKind.Focal, Gamma = 1.5 },
            FocalLoss.Softmax(Logits, Classes, new SoftmaxFocalOptions { Gamma = 1.5 }));
        Same(Plain(ClassificationLossKind.Focal), FocalLoss.Softmax(Logits, Classes));
        Same(new ClassificationLoss { Kind = ClassificationLossKind.SigmoidFocal, Gamma = 1, Alpha = 0.6 },
            FocalLoss.Sigmoid(Logits, Classes, new SigmoidFocalOptions { Gamma = 1, Alpha = 0.6 }) * 3);
        Same(Plain(ClassificationLossKind.SigmoidFocal), FocalLoss.Sigmoid(Logits, Classes) * 3);
        Same(new ClassificationLoss { Kind = ClassificationLossKind.BinaryCrossEntropy, PositiveWeight = 4 },
            BinaryCrossEntropy.Compute(Logits, Classes, positiveWeights: Tensor.From([4.0], 1)) * 3);
        Same(Plain(ClassificationLossKind.MeanSquaredError), SigmoidMeanSquaredError.Compute(Logits, Classes) * 3);
        Same(new ClassificationLoss { Kind = ClassificationLossKind.Circle, Margin = 0.4, Scale = 20 },
            CircleLoss.ClassLevel(Logits, Classes, new CircleOptions { Margin = 0.4, Scale = 20 }));
        Same(Plain(ClassificationLossKind.Circle), CircleLoss.ClassLevel(Logits, Classes));

        static void Same(ClassificationLoss loss, Tensor expected) =>
            Assert.Equal(expected.Item(), loss.Compute(Logits, Classes).Item(), 1e-12);
    }

    [Theory, MemberData(nameof(SoftKinds))]
    public void A_class_is_the_distribution_with_a_one_for_it(ClassificationLossKind kind)
    {
        using var scope = new TensorScope();
        var full = new ClassificationLoss { Kind = kind, LabelSmoothing = 0.2, ClassWeights = Weights };
        foreach (ClassificationLoss loss in (ClassificationLoss[])[Plain(kind), full])
            Assert.Equal(loss.Compute(Logits, OneHot).Item(), loss.Compute(Logits, Classes).Item(), 1e-12);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_batch_is_the_mean_of_its_pictures(ClassificationLossKind kind)
    {
        using var scope = new TensorScope();
        var loss = new ClassificationLoss { Kind = kind, ClassWeights = Weights };
        double whole = loss.Compute(Logits, Classes).Item();
        Assert.Equal(whole, Enumerable.Range(0, 4).Average(n => loss.Compute(Logits[n..(n + 1)], Classes[n..(n + 1)]).Item()), 1e-12);
        Assert.NotEqual(whole, Plain(kind).Compute(Logits, Classes).Item(), 1e-3);
        Assert.Equal(0, loss.Compute(Logits[..0], Classes[..0]).Item());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_gradient_is_finite_and_pulls_the_truth_up(ClassificationLossKind kind)
    {
        using var scope = new TensorScope();
        Tensor logits = Logits.To(DType.Float32);
        logits.RequiresGrad = true;
        Plain(kind).Compute(logits, Classes).Backward();
        Assert.All(logits.Grad!.Gather(1, Classes.Unsqueeze(1)).ToArray<float>(), g => Assert.True(g < 0));
    }

    [Theory, MemberData(nameof(SoftKinds))]
    public void Smoothing_spreads_targets(ClassificationLossKind kind)
    {
        using var scope = new TensorScope();
        Tensor spread = OneHot * 0.7 + 0.1;
        Assert.Equal(Plain(kind).Compute(Logits, spread).Item(),
            new ClassificationLoss { Kind = kind, LabelSmoothing = 0.3 }.Compute(Logits, Classes).Item(), 1e-12);
    }

    [Fact]
    public void Several_classes_at_once_are_for_the_sigmoid_kinds()
    {
        using var scope = new TensorScope();
        Tensor several = Tensor.From([1.0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], 4, 3);
        Assert.Equal(BinaryCrossEntropy.Compute(Logits, several).Item() * 3,
            Plain(ClassificationLossKind.BinaryCrossEntropy).Compute(Logits, several).Item(), 1e-12);
        Assert.Throws<ArgumentException>(() => Plain(ClassificationLossKind.CrossEntropy).Compute(Logits, several));
    }

    [Fact]
    public void Numbers_of_another_kind_are_refused()
    {
        Refused(new() { Gamma = 2 }, "Gamma belongs to Focal and SigmoidFocal, but the loss is CrossEntropy");
        Refused(new() { Kind = ClassificationLossKind.Focal, Alpha = 0.5 }, "Alpha belongs to SigmoidFocal");
        Refused(new() { Kind = ClassificationLossKind.SigmoidFocal, PositiveWeight = 2 }, "PositiveWeight belongs to BinaryCrossEntropy");
        Refused(new() { Margin = 0.2 }, "Margin belongs to Circle");
        Refused(new() { Scale = 64 }, "Scale belongs to Circle");
        Refused(new() { Kind = ClassificationLossKind.Circle, LabelSmoothing = 0.1 }, "LabelSmoothing belongs to every kind but Circle");
        Refused(new() { ClassWeights = [1, 2] }, "2 class weights, but 3 classes");
        new ClassificationLoss { Kind = ClassificationLossKind.SigmoidFocal, Gamma = 1, Alpha = 0.5, ClassWeights = Weights }.Validate(3);

        static void Refused(ClassificationLoss loss, string message)
        {
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => loss.Validate(3)).Message);
            using var scope = new TensorScope();
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => loss.Compute(Logits, Classes)).Message);
        }
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationLoss { Kind = (ClassificationLossKind)77 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationLoss { LabelSmoothing = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationLoss { PositiveWeight = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationLoss { Scale = 0 });
        Assert.Throws<ArgumentException>(() => new ClassificationLoss { ClassWeights = [1, -1] });
        Assert.Throws<ArgumentException>(() => new ClassificationLoss { ClassWeights = [0, 0] });
        using var scope = new TensorScope();
        Assert.Contains("N x K", Assert.Throws<ArgumentException>(
            () => new ClassificationLoss().Compute(Tensor.Zeros([2, 3, 1, 1]), Tensor.Zeros([2, 1, 1], DType.Int64))).Message);
        Assert.Contains("class -100", Assert.Throws<ArgumentException>(
            () => new ClassificationLoss().Compute(Logits, Tensor.From([0L, 1, 2, -100], 4))).Message);
    }

    [Fact]
    public void A_configuration_file_holds_it()
    {
        var loss = new ClassificationLoss { Kind = ClassificationLossKind.SigmoidFocal, LabelSmoothing = 0.1, ClassWeights = Weights,
            Gamma = 1.5 };
        string yaml = new SerializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).Build().Serialize(loss);
        Assert.Equal("kind: SigmoidFocal\nlabel_smoothing: 0.1\nclass_weights:\n- 0.5\n- 2\n- 1\ngamma: 1.5\n", yaml);
        ClassificationLoss read = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
            .WithTypeMapping<IReadOnlyList<double>, List<double>>().Build().Deserialize<ClassificationLoss>(yaml);
        Assert.Equal(Weights, read.ClassWeights);
        Assert.Equal(loss, read with { ClassWeights = loss.ClassWeights });
    }
}
