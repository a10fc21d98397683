using Fovea.Imaging;
using Fovea.Segmentation.Crf;
using Fovea.Torch;

namespace Fovea.Tests.Segmentation.Crf;

public class CrfRnnTests
{
    private const int Height = 6, Width = 7, Classes = 3, Pixels = Height * Width;
    private static readonly CrfRnnOptions Gentle = new()
    {
        TrainingIterations = 3, BilateralWidth = 5, BilateralColorWidth = 15, SpatialWidth = 1.5, InitialSpatialWeight = 0.5,
        InitialBilateralWeight = 1,
    };
    private static readonly CrfRnnOptions Weak = Gentle with { InitialSpatialWeight = 0.1, InitialBilateralWeight = 0.2 };

    [Fact]
    public void Untrained_it_is_the_dense_CRF()
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.Float32);
        foreach (CrfNormalization normalization in Enum.GetValues<CrfNormalization>())
        {
            using var layer = new CrfRnn(Classes, Weak with { Normalization = normalization });
            layer.Train(false);
            float[] refined = layer.Forward(logits, pictures).Softmax(1).ToArray<float>();
            var crf = new DenseCrf(new DenseCrfOptions
            {
                Normalization = normalization, BilateralWidth = 5, BilateralColorWidth = 15, SpatialWidth = 1.5, SpatialWeight = 0.1,
                BilateralWeight = 0.2,
            });
            for (int n = 0; n < 2; n++)
            {
                float[] expected = crf.Refine(logits[n].Softmax(0), Picture(n)).ToArray<float>();
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], refined[n * Classes * Pixels + i], 1e-5f);
            }
        }
    }

    [Theory, InlineData(CrfNormalization.Row), InlineData(CrfNormalization.Symmetric)]
    public void The_gradient_of_the_scores_is_their_slope(CrfNormalization normalization)
    {
        using var layer = new CrfRnn(Classes, Gentle with { Normalization = normalization });
        Tilt(layer);
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.Float64);
        Tensor corner = logits[..1, .., 1..4, 1..5], colors = pictures[..1, .., 1..4, 1..5];
        GradientCheck.Run(x => layer.Forward(x, colors), corner.ToArray<double>(), corner.Shape, 1e-6);
    }

    [Fact]
    public void The_gradients_of_the_parameters_are_their_slopes()
    {
        using var layer = new CrfRnn(Classes, Gentle);
        Tilt(layer);
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.Float64);
        Loss().Backward();
        const float Step = 1 / 128f;     // exact in the parameters' single precision
        foreach ((string name, Tensor parameter) in layer.NamedParameters())
        {
            float[] gradient = parameter.Grad!.ToArray<float>();
            for (int i = 0; i < gradient.Length; i++)
            {
                double slope = (At(parameter, i, Step) - At(parameter, i, -Step)) / (2 * Step);
                Assert.True(Math.Abs(slope - gradient[i]) < 2e-3 * Math.Max(1, Math.Abs(slope)), $"{name}[{i}]: {gradient[i]} but {slope}");
            }
        }

        double At(Tensor parameter, int index, float step)
        {
            using var inner = new TensorScope();
            Span<float> values = parameter.Detach().Span<float>();
            float before = values[index];
            values[index] += step;
            double loss = Loss().Item();
            values[index] = before;
            return loss;
        }

        Tensor Loss() => Weighted(layer.Forward(logits, pictures));
    }

    [Theory, InlineData(CrfNormalization.Row), InlineData(CrfNormalization.Symmetric), InlineData(CrfNormalization.None)]
    public void Kernels_and_compositions_carry_the_same_gradients(CrfNormalization normalization)
    {
        using var layer = new CrfRnn(Classes, Weak with { Normalization = normalization });
        using var scope = new TensorScope();
        double[][] byKernels = Gradients(DType.Float32), byCompositions = Gradients(DType.Float64);
        for (int t = 0; t < byKernels.Length; t++)
        {
            double largest = byCompositions[t].Max(Math.Abs);
            Assert.InRange(largest, 1e-3, double.MaxValue);
            for (int i = 0; i < byKernels[t].Length; i++) Assert.Equal(byCompositions[t][i], byKernels[t][i], 1e-4 * largest);
        }

        double[][] Gradients(DType type)
        {
            layer.ZeroGrad();
            (Tensor logits, Tensor pictures) = Batch(type);
            logits.RequiresGrad = true;
            Weighted(layer.Forward(logits, pictures)).Backward();
            return [.. layer.Parameters().Prepend(logits).Select(t => t.Grad!.To(DType.Float64).ToArray<double>())];
        }
    }

    [Fact]
    public void Half_precision_is_summed_in_single_precision()
    {
        using var layer = new CrfRnn(Classes, Gentle);
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.BFloat16);
        Tensor scores = layer.Forward(logits, pictures);
        Assert.Equal(DType.Float32, scores.DType);
        Assert.Equal(layer.Forward(logits.To(DType.Float32), pictures).ToArray<float>(), scores.ToArray<float>());
    }

    [Fact]
    public void Training_takes_fewer_rounds()
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.Float32);
        using CrfRnn layer = new(Classes, Gentle with { TrainingIterations = 1, Iterations = 2 });
        using CrfRnn twice = new(Classes, Gentle with { TrainingIterations = 2, Iterations = 1 });
        float[] one = layer.Forward(logits, pictures).ToArray<float>(), two = twice.Forward(logits, pictures).ToArray<float>();
        layer.Train(false);
        twice.Train(false);
        Assert.Equal(two, layer.Forward(logits, pictures).ToArray<float>());
        Assert.Equal(one, twice.Forward(logits, pictures).ToArray<float>());
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void Steps_against_the_gradient_lower_the_loss()
    {
        using var layer = new CrfRnn(Classes, Gentle);
        using var scope = new TensorScope();
        (Tensor logits, Tensor pictures) = Batch(DType.Float32);
        Tensor truth = Tensor.Cat([Truth(0), Truth(1)]);
        double first = 0, last = 0;
        for (int step = 0; step < 5; step++)
        {
            layer.ZeroGrad();
            Tensor loss = Functional.CrossEntropy(layer.Forward(logits, pictures), truth);
            loss.Backward();
            last = loss.Item();
            if (step == 0) first = last;
            foreach (Tensor parameter in layer.Parameters()) parameter.Detach().AddInPlace(parameter.Grad!, -0.5);
        }
        Assert.InRange(last, 0, 0.9 * first);
    }

    [Fact]
    public void Parameters_have_names_and_start_as_Potts()
    {
        using var layer = new CrfRnn(2);
        Assert.Equal(["spatial_weight", "bilateral_weight", "compatibility"], layer.StateDict().Select(entry => entry.Name));
        Assert.Equal([3, 3], layer.SpatialWeight.ToArray<float>());
        Assert.Equal([5, 5], layer.BilateralWeight.ToArray<float>());
        Assert.Equal([0, 1, 1, 0], layer.Compatibility.ToArray<float>());
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var layer = new CrfRnn(3);
        using var scope = new TensorScope();
        Assert.Contains("3 classes", Refused(() => layer.Forward(Tensor.Zeros([1, 2, 4, 5]), Tensor.Zeros([1, 3, 4, 5]))));
        Assert.Contains("resize", Refused(() => layer.Forward(Tensor.Zeros([1, 3, 4, 5]), Tensor.Zeros([1, 3, 8, 10]))));
        Assert.Contains("finite", Refused(() => layer.Forward(Tensor.Zeros([1, 3, 1, 1]), Tensor.Full([1, 3, 1, 1], double.NaN))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrfRnn(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrfRnnOptions { TrainingIterations = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrfRnnOptions { BilateralColorWidth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrfRnnOptions { InitialSpatialWeight = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrfRnnOptions { Normalization = (CrfNormalization)7 });

        static string Refused(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;
    }

    // No two classes with the same parameters: mistakes of order would not be seen otherwise.
    private static void Tilt(CrfRnn layer)
    {
        foreach (Tensor parameter in layer.Parameters())
        {
            Span<float> values = parameter.Detach().Span<float>();
            for (int i = 0; i < values.Length; i++) values[i] += 0.0625f * (i * 5 % 7);
        }
    }

    private static Image Picture(int n) => CrfScenes.Stripes(Height, Width, Classes, seed: 10 + n, noise: 12).Picture;

    private static Tensor Truth(int n) =>
        Tensor.From(Array.ConvertAll(CrfScenes.Stripes(Height, Width, Classes, seed: 10 + n).Truth, k => (long)k), 1, Height, Width);

    private static (Tensor Logits, Tensor Pictures) Batch(DType type)
    {
        float[] logits = [.. new[] { 10, 11 }.SelectMany(seed => CrfScenes.Stripes(Height, Width, Classes, seed, noise: 12).Probabilities)
            .Select(p => MathF.Log(p))];
        Tensor[] pictures = [.. new[] { 0, 1 }.Select(n => Tensor.From(Picture(n).Pixels, Height, Width, 3).Permute(2, 0, 1))];
        return (Tensor.From(logits, 2, Classes, Height, Width).To(type), Tensor.Stack(pictures));
    }

    private static Tensor Weighted(Tensor scores) =>
        (scores.Softmax(1).Flatten() * (Tensor.Arange(0, scores.Numel, dtype: scores.DType) * 0.37).Remainder(2)).Sum();
}
