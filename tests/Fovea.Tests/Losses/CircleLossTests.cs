using Fovea.Layers;
using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class CircleLossTests
{
    private static readonly CircleOptions Gentle = new() { Margin = 0.25, Scale = 10 };

    [Fact]
    public void Two_classes_by_hand()
    {
        using var scope = new TensorScope();
        // a_p = 1.25 - 0.8 = 0.45 and a_n = 0.3 + 0.25 = 0.55: 10 (0.55 x 0.05 - 0.45 x 0.05) = 0.05.
        double loss = CircleLoss.ClassLevel(Tensor.From([0.3, 0.8], 1, 2), Tensor.From([1L], 1), Gentle).Item();
        Assert.Equal(Math.Log(1 + Math.Exp(0.05)), loss, 1e-12);
    }

    // Sun et al., section 3.3: the gradient is gamma a, times the share of the similarity in the sum, times 1 - exp(-loss).
    [Fact]
    public void The_gradient_is_the_weight_times_what_is_left_to_learn()
    {
        using var scope = new TensorScope();
        double[] s = [0.3, 0.7, -0.1, -0.4];
        Tensor cosines = Tensor.From(s, 1, 4);
        cosines.RequiresGrad = true;
        Tensor loss = CircleLoss.ClassLevel(cosines, Tensor.From([1L], 1), Gentle);
        loss.Backward();
        double left = 1 - Math.Exp(-loss.Item());
        double[] weights = [.. s.Select(v => Math.Max(0, v + 0.25))];
        double[] exponents = [.. s.Zip(weights, (v, a) => Math.Exp(10 * a * (v - 0.25)))];
        double sum = exponents[0] + exponents[2] + exponents[3];
        double[] expected = [.. Enumerable.Range(0, 4).Select(k => left * 10 * weights[k] * exponents[k] / sum)];
        expected[1] = -left * 10 * (1.25 - 0.7);
        Assert.Equal(expected, cosines.Grad!.ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-10);
        Assert.Equal(0, cosines.Grad!.ToArray<double>()[3]);   // below -m there is nothing left to push
    }

    [Fact]
    public void Goals_that_are_reached_cost_nothing()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, CircleLoss.ClassLevel(Tensor.From([1.0, 0, 0], 1, 3), Tensor.From([0L], 1)).Item(), 1e-12);
        Tensor apart = Tensor.From([1.0, 0, 1, 0, 0, 1], 3, 2), labels = Tensor.From([4L, 4, -9], 3);
        Assert.Equal(0, CircleLoss.PairWise(apart, labels).Item(), 1e-12);
    }

    [Fact]
    public void Pairs_by_hand()
    {
        using var scope = new TensorScope();
        // Cosines: 0 and 1 alike 0.6, 0 and 2 unlike 0, 1 and 2 unlike 0.8.
        Tensor embeddings = Tensor.From([2.0, 0, 0.6, 0.8, 0, 5], 3, 2), labels = Tensor.From([7L, 7, 1], 3);
        double like = -0.65 * (0.6 - 0.75), first = 10 * (0.25 * (0 - 0.25) + like), second = 10 * (1.05 * (0.8 - 0.25) + like);
        double[] losses = CircleLoss.PairWise(embeddings, labels, Gentle, Reduction.None).ToArray<double>();
        Assert.Equal([Math.Log(1 + Math.Exp(first)), Math.Log(1 + Math.Exp(second)), 0], losses, (a, b) => Math.Abs(a - b) < 1e-10);
        // The third has nothing alike, and does not count.
        Assert.Equal((losses[0] + losses[1]) / 2, CircleLoss.PairWise(embeddings, labels, Gentle).Item(), 1e-12);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3)]
    public void Batches_without_pairs_give_zero_and_a_finite_gradient(int count)
    {
        using var scope = new TensorScope();
        Tensor embeddings = Tensor.Zeros([count, 2]);
        embeddings.RequiresGrad = true;
        Tensor loss = CircleLoss.PairWise(embeddings, Tensor.Arange(0, count));
        Assert.Equal(0, loss.Item());
        loss.Backward();
        Assert.All(embeddings.Grad!.ToArray<float>(), g => Assert.True(float.IsFinite(g)));
        Assert.Equal(0, CircleLoss.ClassLevel(Tensor.Zeros([0, 2]), Tensor.Zeros([0], DType.Int64)).Item());
    }

    [Fact]
    public void Cosines_have_the_gradient_of_finite_differences_and_no_length()
    {
        using var scope = new TensorScope();
        Tensor others = LossGoldens.Filled([2, 3], 2);
        GradientCheck.Run(x => CircleLoss.Cosines(x, others), LossGoldens.Fill(12, 1), [4, 3]);
        Tensor x = LossGoldens.Filled([4, 3], 1);
        Assert.True(CircleLoss.Cosines(x * 1e3, others * 1e-3).AllClose(CircleLoss.Cosines(x, others), 1e-12, 1e-12));
        Assert.Equal([0.6, 0.8], CircleLoss.Cosines(Tensor.From([3.0, 4], 1, 2), Tensor.From([9.0, 0, 0, 1], 2, 2)).ToArray<double>(),
            (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_cosine_layer_learns_three_directions()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        var layer = new CosineLinear(2, 3, generator);
        double[] angles = [0.1, 2.0, 4.4, 0.3, 2.3, 4.1];
        Tensor points = Tensor.From([.. angles.SelectMany(a => new[] { (float)Math.Cos(a), (float)Math.Sin(a) })], 6, 2),
            classes = Tensor.From([0L, 1, 2, 0, 1, 2], 6);
        var loss = new ClassificationLoss { Kind = ClassificationLossKind.Circle, Scale = 16 };
        double before = loss.Compute(layer.Forward(points), classes).Item();
        for (int step = 0; step < 100; step++)
        {
            layer.Weight.Grad = null;
            loss.Compute(layer.Forward(points), classes).Backward();
            layer.Weight.Detach().AddInPlace(layer.Weight.Grad!, -0.02);
        }
        Tensor cosines = layer.Forward(points);
        Assert.Equal([0L, 1, 2, 0, 1, 2], cosines.ArgMax(1).ToArray<long>());
        Assert.InRange(loss.Compute(cosines, classes).Item(), 0, before / 10);
    }
}
