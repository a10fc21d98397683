using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Logits of plus and minus ten thousand: no NaN, no infinity, the right limits, and gradients of the right size.</summary>
public class StabilityTests
{
    private const double Far = 1e4;

    // Name, loss of two logits (one picture, two classes) and the true class, the value where the logits are right and where they are
    // wrong, and the gradient for the true class's logit where they are wrong.
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Loss, double Right, double Wrong, double Slope)[] Cases =
    [
        ("cross entropy", (x, y) => CrossEntropy.Compute(x, y), 0, 2 * Far, -1),
        ("cross entropy, a half each", (x, y) => CrossEntropy.Compute(x, x.Detach() * 0 + 0.5), Far, Far, -0.5),
        ("smoothed", (x, y) => CrossEntropy.Compute(x, y, new CrossEntropyOptions { LabelSmoothing = 0.1 }), 0.1 * Far, 1.9 * Far, -0.95),
        ("softmax focal", (x, y) => FocalLoss.Softmax(x, y), 0, 2 * Far, -1),
        ("softmax focal, flat", (x, y) => FocalLoss.Softmax(x, y, new SoftmaxFocalOptions { Gamma = 0.3 }), 0, 2 * Far, -1),
        ("softmax focal, none", (x, y) => FocalLoss.Softmax(x, y, new SoftmaxFocalOptions { Gamma = 0 }), 0, 2 * Far, -1),
        ("softmax focal, shares", (x, y) => FocalLoss.Softmax(x, OneHot(x, y)), 0, 2 * Far, -1),
        ("binary", (x, y) => BinaryCrossEntropy.Compute(x, y), 0, Far, -0.5),
        ("binary, weighted", (x, y) => BinaryCrossEntropy.Compute(x, y, positiveWeights: Tensor.Scalar(3, x.DType)), 0, 2 * Far, -1.5),
        ("sigmoid focal", (x, y) => FocalLoss.Sigmoid(x, y), 0, Far / 2, -0.125),
        ("sigmoid focal, flat", (x, y) => FocalLoss.Sigmoid(x, y, new SigmoidFocalOptions { Gamma = 0.3 }), 0, Far / 2, -0.125),
        ("squares", (x, y) => SigmoidMeanSquaredError.Compute(x, y), 0, 0.5, 0),
        ("entropy", (x, y) => PredictionEntropy.Compute(x), 0, 0, 0),
        ("soft IoU", (x, y) => SoftIouLoss.Compute(x, y), 0, 1, 0),
        ("Dice", (x, y) => DiceLoss.Compute(x, y), 0, 1, 0),
        ("Dice of sigmoids", (x, y) => DiceLoss.Compute(x, y, new OverlapOptions { Probability = OverlapProbability.Sigmoid }), 0, 1, 0),
        ("smooth L1", (x, y) => SmoothL1Loss.Compute(x, (OneHot(x, y) - 0.5) * (2 * Far)), 0, 2 * Far - 0.5, -0.5),
        // a_p = 2.25, a_n = 1.25: 1.25 x 0.75 + 2.25 x 1.75 = 4.875.
        ("circle", (x, y) => CircleLoss.ClassLevel(x / Far, y, new CircleOptions { Scale = Far }), 0, 4.875 * Far, -2.25),
        // The first and the last alike and opposite: 256 x 4.875 and 256 x 2.25 x 1.75, over two.
        ("circle of pairs", (x, y) => CircleLoss.PairWise(Tensor.Cat([x, x / 2, -x]), Tensor.Cat([y, y + 1, y])), 1128, 1128, 0),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Far_logits_have_their_limits(string name)
    {
        (_, Func<Tensor, Tensor, Tensor> loss, double right, double wrong, double slope) = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        foreach (DType type in (DType[])[DType.Float16, DType.Float32, DType.Float64])
        {
            (double value, _) = Run(loss, [Far, -Far], type);
            Assert.Equal(right, value, 1e-3 * Math.Max(1, right));
            (value, double[] gradient) = Run(loss, [-Far, Far], type);
            Assert.Equal(wrong, value, 1e-3 * Math.Max(1, wrong));
            Assert.Equal(slope, gradient[0], 1e-3);
        }
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void Classifier_losses_stay_finite_on_all_sides(DType type)
    {
        using var scope = new TensorScope();
        double[][] corners = [[Far, Far], [-Far, -Far], [Far, 0], [0, -Far], [100, -100], [-100, 100], [50, -50], [-50, 50], [18, -18]];
        foreach ((string name, Func<Tensor, Tensor, Tensor> loss, _, _, _) in Cases)
            foreach (double[] corner in corners)
                Assert.True(double.IsFinite(Run(loss, corner, type).Value), name);
    }

    private static (double Value, double[] Gradient) Run(Func<Tensor, Tensor, Tensor> loss, double[] logits, DType type)
    {
        Tensor x = Tensor.From(logits, 1, 2).To(type);
        x.RequiresGrad = true;
        Tensor value = loss(x, Tensor.From([0L], 1));
        value.Backward();
        double[] gradient = x.Grad!.To(DType.Float64).ToArray<double>();
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
        return (value.Item(), gradient);
    }

    private static Tensor OneHot(Tensor x, Tensor y) => (Tensor.Arange(0, x.Size(1)).Eq(y.Unsqueeze(1))).To(x.DType);
}
