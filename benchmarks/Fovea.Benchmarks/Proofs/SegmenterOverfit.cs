using System.Diagnostics;
using Fovea.Data;
using Fovea.Losses;
using Fovea.Metrics;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Weights;

namespace Fovea.Benchmarks.Proofs;

/// <summary>Shows that a segmentation network can learn: it is trained on four small pictures until it knows them by heart.</summary>
internal static class SegmenterOverfit
{
    private const int Pictures = 4, Classes = 4, MostSteps = 1000, Between = 20;

    // What tells classes at 1/16 or 1/32 of the picture cannot draw the corners of small rectangles: it is given larger ones too.
    private static readonly int[] Sides = [96, 256];

    private const double LearningRate = 1e-3, Wanted = 0.95;

    /// <summary>Trains networks, and prints a line for each; 1 where one fails.</summary>
    /// <param name="ids">The networks; the smallest one of each paper where empty.</param>
    public static int Run(IReadOnlyList<string> ids)
    {
        IEnumerable<SegmenterEntry> entries = ids.Count > 0 ? ids.Select(ModelZoo.FindSegmenter)
            : ModelZoo.Segmenters.GroupBy(entry => entry.Paper).Select(group => group.First());
        Console.WriteLine($"Over-fitting {Pictures} pictures of {Sides[0]} x {Sides[0]}, or {Sides[1]} x {Sides[1]} where that fails, {Classes} classes: Adam, learning rate {LearningRate} falling to zero, cross entropy, no dropout; " +
            $"measured in evaluation mode every {Between} steps, at most {MostSteps}.");
        bool good = true;
        foreach (SegmenterEntry entry in entries)
        {
            bool fits = false;
            foreach (int side in Sides)
            {
                if (fits) break;
                var clock = Stopwatch.StartNew();
                (int steps, double miou, long parameters) = Fit(entry, side);
                fits = miou > Wanted;
                Console.WriteLine(FormattableString.Invariant(
                    $"| {entry.Id} | {parameters:N0} | {side} | {steps} | {clock.Elapsed.TotalSeconds:0} s | {miou:0.000} | {(fits ? "yes" : "no")} |"));
            }
            good &= fits;
        }
        return good ? 0 : 1;
    }

    private static (int Steps, double MeanIoU, long Parameters) Fit(SegmenterEntry entry, int side)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using Segmenter network = entry.Create(Classes, new SegmenterSettings
        {
            Dropout = entry.Settings.Contains(nameof(SegmenterSettings.Dropout)) ? 0 : null,
        }, generator);
        (Tensor images, Tensor labels, byte[] truth) = Scene(side);
        var group = new ParameterGroup(network.NamedParameters(), LearningRate, 0);
        using var optimizer = new Adam([group]);
        var loss = new SegmentationLoss();
        double miou = 0;
        int step = 0;
        while (step < MostSteps && miou <= Wanted)
        {
            network.Train();
            for (int i = 0; i < Between; i++, step++)
            {
                using var inner = new TensorScope();
                group.LearningRate = LearningRate * (1 - (double)step / MostSteps);   // so that running statistics catch up
                Tensor[] scores = network.ForwardWithAuxiliary(images);
                Tensor sum = loss.Compute(scores[0], labels)["loss_cross_entropy"];
                for (int j = 1; j < scores.Length; j++) sum = sum + loss.Compute(scores[j], labels)["loss_cross_entropy"] * network.AuxiliaryWeights[j - 1];
                sum.Backward();
                optimizer.Step();
                optimizer.ZeroGrad();
            }
            network.Train(false);
            using var noGrad = new NoGrad();
            using var measured = new TensorScope();
            var matrix = new ConfusionMatrix(Classes);
            byte[] predicted = [.. network.Forward(images).ArgMax(1).ToArray<long>().Select(k => (byte)k)];
            matrix.Add(truth, predicted);
            miou = matrix.MeanIoU;
        }
        return (step, miou, network.ParameterCount());
    }

    // Rectangles of a fifth to half of a side on a ground, each class in a colour of its own with noise over it.
    private static (Tensor Images, Tensor Labels, byte[] Truth) Scene(int side)
    {
        var random = new SampleRandom(5);
        var truth = new byte[Pictures * side * side];
        for (int n = 0; n < Pictures; n++)
            for (int i = 0; i < 4; i++)
            {
                (int height, int width) = (side / 5 + random.Next(side / 3), side / 5 + random.Next(side / 3));
                (int top, int left) = (random.Next(side - height), random.Next(side - width));
                byte label = (byte)(1 + (i + n) % (Classes - 1));
                for (int y = top; y < top + height; y++) truth.AsSpan((n * side + y) * side + left, width).Fill(label);
            }
        float[,] colours = { { -1, -1, -1 }, { 1.5f, 0, 0 }, { 0, 1.5f, 0 }, { 0, 0, 1.5f } };
        var pixels = new float[Pictures * 3 * side * side];
        for (int n = 0; n < Pictures; n++)
            for (int c = 0; c < 3; c++)
                for (int i = 0; i < side * side; i++)
                    pixels[(n * 3 + c) * side * side + i] = colours[truth[n * side * side + i], c] + (float)random.Uniform(-0.5, 0.5);
        return (Tensor.From(pixels, Pictures, 3, side, side), Tensor.From([.. truth.Select(k => (long)k)], Pictures, side, side), truth);
    }
}
