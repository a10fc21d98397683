using Fovea.Imaging;
using Fovea.Segmentation.Crf;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Segmentation.Crf;

public class DenseCrfTests
{
    // Weights so small that marginals stay far from 0 and 1, where differences of the kernels would not be seen.
    private static readonly DenseCrfOptions Gentle = new()
    {
        SpatialWeight = 0.5, BilateralWeight = 1, BilateralWidth = 20, BilateralColorWidth = 20,
    };

    [Theory]
    [InlineData(12, 16, 3, 6, 0.02, 0.002), InlineData(16, 12, 5, 20, 0.02, 0.001), InlineData(12, 16, 4, 60, 0.04, 0.004)]
    public void Marginals_come_near_those_of_all_pairs(int height, int width, int classes, int noise, double largest, double mean)
    {
        foreach (CrfNormalization normalization in (CrfNormalization[])[CrfNormalization.Symmetric, CrfNormalization.Row])
        {
            DenseCrfOptions options = Gentle with { Normalization = normalization };
            (double max, double average, int differing) = Compare(height, width, classes, noise, options);
            Assert.InRange(max, 0, largest);
            Assert.InRange(average, 0, mean);
            Assert.InRange(differing, 0, height * width / 100);
        }
    }

    // At full weight a pixel may fall to either side, and which one hangs on little: where noise is several times the colour width, few
    // pixels share vertices and the lattice is at its worst.
    [Theory, InlineData(12, 16, 3, 6, 0), InlineData(16, 12, 5, 20, 0.03), InlineData(20, 24, 5, 30, 0.03)]
    public void Labels_agree_with_those_of_all_pairs_at_the_usual_weights(int height, int width, int classes, int noise, double share) =>
        Assert.InRange(Compare(height, width, classes, noise, DenseCrfOptions.Default).Differing, 0, share * height * width);

    [Fact]
    public void Unnormalised_sums_come_near_those_of_all_pairs()
    {
        DenseCrfOptions options = new()
        {
            Normalization = CrfNormalization.None, SpatialWeight = 0.02, BilateralWeight = 0.02, Iterations = 3,
        };
        (double max, double mean, _) = Compare(12, 16, 3, 6, options);
        Assert.InRange(max, 0, 0.04);      // the lattice's sums are low by a fifth or so where few vertices exist
        Assert.InRange(mean, 0, 0.01);
    }

    [Fact]
    public void A_compatibility_of_its_own_is_applied_row_by_row()
    {
        double[,] costs = { { 0, 1, 0.2 }, { 2, 0, 1 }, { 0.5, 1.5, -0.3 } };
        (double max, double mean, int differing) = Compare(12, 16, 3, 6, Gentle with { Compatibility = costs });
        Assert.InRange(max, 0, 0.02);
        Assert.InRange(mean, 0, 0.0025);
        Assert.Equal(0, differing);
    }

    [Fact]
    public void Two_pixels_by_hand()
    {
        // A neighbour counts half, a pixel itself once. Class 0 of pixel 0 gets 0.8 + 0.4 / 2 = 1.0, class 1 0.2 + 0.6 / 2 = 0.5: its odds
        // of 4 grow by exp(0.5). Of pixel 1: 0.4 + 0.8 / 2 = 0.8 and 0.6 + 0.2 / 2 = 0.7: 2 / 3 times exp(0.1).
        var options = new DenseCrfOptions
        {
            Normalization = CrfNormalization.None, SpatialWidth = Math.Sqrt(1 / (2 * Math.Log(2))), SpatialWeight = 1, BilateralWeight = 0,
            Iterations = 1,
        };
        float[] refined = Refine([0.8f, 0.4f, 0.2f, 0.6f], 2, new Image(new ImageSize(1, 2), new byte[6]), options);
        double first = 4 * Math.Exp(0.5), second = 2 / 3.0 * Math.Exp(0.1);
        Assert.Equal(first / (1 + first), refined[0], 1e-6);
        Assert.Equal(second / (1 + second), refined[1], 1e-6);
        Assert.Equal(1 / (1 + first), refined[2], 1e-6);
    }

    [Fact]
    public void One_pixel_talks_to_itself_only()
    {
        // Normalised, both kernels are 1: the odds of 7 / 3 grow by exp((3 + 4) (0.7 - 0.3)).
        float[] refined = Refine([0.7f, 0.3f], 2, new Image(new ImageSize(1, 1), [9, 8, 7]), new DenseCrfOptions { Iterations = 1 });
        double odds = 7 / 3.0 * Math.Exp(2.8);
        Assert.Equal(odds / (1 + odds), refined[0], 1e-5);
        Assert.Equal(1, refined[0] + refined[1], 1e-6);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(16), InlineData(21)]
    public void Without_messages_probabilities_stay_but_for_floor_and_scale(int classes)
    {
        Image picture = CrfScenes.Stripes(5, 7, 2, seed: 1).Picture;
        var random = new Random(2);
        float[] given = [.. Enumerable.Range(0, classes * 35).Select(_ => random.NextSingle())];
        given[3] = 0;
        float[] floored = [.. given.Select(p => Math.Max(p, 0.01f))];
        foreach (DenseCrfOptions options in (DenseCrfOptions[])[new() { Iterations = 0, ProbabilityFloor = 0.01 },
            new() { SpatialWeight = 0, BilateralWeight = 0, ProbabilityFloor = 0.01 }])
        {
            float[] refined = Refine(given, classes, picture, options);
            for (int i = 0; i < 35; i++)
            {
                float total = Enumerable.Range(0, classes).Sum(k => floored[k * 35 + i]);
                for (int k = 0; k < classes; k++) Assert.Equal(floored[k * 35 + i] / total, refined[k * 35 + i], 1e-5f);
            }
        }
    }

    [Fact]
    public void More_classes_than_a_vector_holds_change_nothing()
    {
        (Image picture, float[] probabilities, _) = CrfScenes.Stripes(12, 16, 3, seed: 3);
        float[] few = Refine(probabilities, 3, picture, Gentle);
        float[] many = Refine([.. new float[17 * 192], .. probabilities], 20, picture, Gentle with { ProbabilityFloor = 1e-9 });
        for (int i = 0; i < few.Length; i++) Assert.Equal(few[i], many[17 * 192 + i], 1e-5f);
    }

    [Fact]
    public void Potts_written_out_is_Potts()
    {
        (Image picture, float[] probabilities, _) = CrfScenes.Stripes(12, 16, 3, seed: 4);
        double[,] costs = { { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 } };
        float[] left = Refine(probabilities, 3, picture, Gentle);
        float[] written = Refine(probabilities, 3, picture, Gentle with { Compatibility = costs });
        for (int i = 0; i < left.Length; i++) Assert.Equal(left[i], written[i], 1e-5f);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        (Image picture, float[] probabilities, _) = CrfScenes.Stripes(70, 90, 5, seed: 5, noise: 30);
        var crf = new DenseCrf();
        float[][] refined = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            var result = new float[probabilities.Length];
            crf.Refine(probabilities, 5, picture, result, threads);
            return result;
        })];
        Assert.Equal(refined[0], refined[1]);
        Assert.Equal(refined[0], refined[2]);
    }

    [Fact]
    public void Wrong_pixels_follow_their_neighbours_of_the_same_colour()
    {
        (Image picture, float[] probabilities, int[] truth) = CrfScenes.Stripes(60, 80, 5, seed: 6, noise: 20);
        using var scope = new TensorScope();
        Tensor given = Tensor.From(probabilities, 5, 60, 80), refined = new DenseCrf().Refine(given, picture);
        Assert.Equal([5, 60, 80], refined.Shape);
        Assert.InRange(Right(given), 0.75, 0.9);
        Assert.InRange(Right(refined), 0.995, 1);
        Assert.All(refined.Sum(0).ToArray<float>(), sum => Assert.Equal(1, sum, 1e-5f));

        double Right(Tensor p) => DenseCrf.Label(p).Labels.Zip(truth).Count(pair => pair.First == pair.Second) / (double)truth.Length;
    }

    [Fact]
    public void Labels_are_the_first_of_the_largest()
    {
        using var scope = new TensorScope();
        SegmentationMap map = DenseCrf.Label(Tensor.From([0.5f, 0.2f, 0.5f, 0.8f], 2, 1, 2));
        Assert.Equal(new ImageSize(1, 2), map.Size);
        Assert.Equal([0, 1], map.Labels);
        Assert.Contains("K x H x W", Assert.Throws<ArgumentException>(() => DenseCrf.Label(Tensor.Zeros([256, 1, 1]))).Message);
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope();
        var crf = new DenseCrf();
        var picture = new Image(new ImageSize(1, 2), new byte[6]);
        var output = new float[4];
        Assert.Contains("K x H x W", Refused(() => crf.Refine(Tensor.Zeros([1, 2, 1, 2]), picture)));
        Assert.Contains("resize", Refused(() => crf.Refine(Tensor.Zeros([2, 2, 1]), picture)));
        Assert.Contains("3 probabilities", Refused(() => crf.Refine([1, 1, 1], 2, picture, output)));
        Assert.Contains("softmax", Refused(() => crf.Refine([1, 0, -0.1f, 1], 2, picture, output)));
        Assert.Contains("softmax", Refused(() => crf.Refine([1, 0, float.NaN, 1], 2, picture, output)));
        var three = new DenseCrf(new DenseCrfOptions { Compatibility = new double[3, 3] });
        Assert.Contains("3 classes, but 2", Refused(() => three.Refine([1, 0, 0, 1], 2, picture, output)));

        static string Refused(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;
    }

    [Fact]
    public void Options_are_checked_and_keep_a_copy()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { Iterations = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { SpatialWidth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { BilateralWidth = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { BilateralColorWidth = -3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { SpatialWeight = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { BilateralWeight = double.PositiveInfinity });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { ProbabilityFloor = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenseCrfOptions { Normalization = (CrfNormalization)9 });
        Assert.Contains("2 x 3", Assert.Throws<ArgumentException>(() => new DenseCrfOptions { Compatibility = new double[2, 3] }).Message);
        Assert.Throws<ArgumentException>(() => new DenseCrfOptions { Compatibility = new double[,] { { double.NaN } } });
        double[,] mine = { { 0, 1 }, { 1, 0 } };
        var options = new DenseCrfOptions { Compatibility = mine };
        mine[0, 1] = 5;
        options.Compatibility![1, 0] = 7;
        Assert.Equal([0, 1, 1, 0], options.Compatibility.Cast<double>());
    }

    private static (double Max, double Mean, int Differing) Compare(int height, int width, int classes, int noise, DenseCrfOptions options)
    {
        (Image picture, float[] probabilities, _) = CrfScenes.Stripes(height, width, classes, seed: 7, noise);
        double[,] expected = BruteForceCrf.Refine(probabilities, classes, picture, options);
        float[] refined = Refine(probabilities, classes, picture, options);
        int pixels = height * width, differing = 0;
        double max = 0, sum = 0;
        for (int i = 0; i < pixels; i++)
        {
            for (int k = 0; k < classes; k++)
            {
                double off = Math.Abs(expected[k, i] - refined[k * pixels + i]);
                (max, sum) = (Math.Max(max, off), sum + off);
            }
            int right = Enumerable.Range(0, classes).MaxBy(k => expected[k, i]);
            int found = Enumerable.Range(0, classes).MaxBy(k => refined[k * pixels + i]);
            if (right != found) differing++;
        }
        return (max, sum / (classes * pixels), differing);
    }

    private static float[] Refine(float[] probabilities, int classes, Image picture, DenseCrfOptions options)
    {
        var refined = new float[probabilities.Length];
        new DenseCrf(options).Refine(probabilities, classes, picture, refined);
        return refined;
    }
}
