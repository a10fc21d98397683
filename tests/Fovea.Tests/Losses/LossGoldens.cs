using System.Text.Json;
using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>One case of tests/goldens/losses: a loss, its settings, and what torch, torchvision or a plain loop computed.</summary>
public sealed record LossGolden(string Loss, long[] Shape, string Target, string Reduction, double Factor, double[] Out, double[] Grad)
{
    public bool Weights { get; init; }
    public bool Positive { get; init; }
    public double Smoothing { get; init; }
    public double Gamma { get; init; }
    public double? Alpha { get; init; }
    public double Beta { get; init; }
    public string Probability { get; init; } = "softmax";
    public bool Absent { get; init; }
    public double Margin { get; init; }
    public double Scale { get; init; }

    public override string ToString() => $"{Loss} [{string.Join(", ", Shape)}] {Target} {Reduction} {Smoothing} {Gamma} {Beta} {Margin}";
}

/// <summary>The goldens, and the formulas by which their inputs were filled.</summary>
internal static class LossGoldens
{
    public const long Void = 255;

    public static LossGolden[] All { get; } = Read();

    public static double[] Fill(long count, int seed) =>
        [.. Enumerable.Range(0, (int)count).Select(i => ((long)i * i * 31 + i * 7919L + seed * 104729L) % 1009 / 512.0 - 1)];

    public static Tensor Filled(long[] shape, int seed) => Tensor.From(Fill(shape.Aggregate(1L, (a, b) => a * b), seed), shape);

    /// <summary>Targets of a name for logits of a shape N,K,...; float64 or int64.</summary>
    public static Tensor Targets(string name, long[] shape)
    {
        switch (name)
        {
            case "numbers": return Filled(shape, 7);
            case "yes_no": return (Filled(shape, 6) > 0.25).To(DType.Float64);
            case "shares":
                Tensor u = Filled(shape, 5) + 1.1;
                return u / u.Sum(1).Unsqueeze(1);
            default:
                long[] positions = [shape[0], .. shape[2..]];
                long[] classes = new long[positions.Aggregate(1L, (a, b) => a * b)];
                for (int i = 0; i < classes.Length; i++) classes[i] = name == "void" && i % 4 == 3 ? Void : (i * 5 + i / 3 + 1) % shape[1];
                return Tensor.From(classes, positions);
        }
    }

    /// <summary>0.5, 1, 1.5 ... of K classes, float64.</summary>
    public static Tensor ClassWeights(long count) => Tensor.Arange(1, count + 1, dtype: DType.Float64) / 2;

    /// <summary>The loss that a case names.</summary>
    public static Tensor Compute(LossGolden g, Tensor x, Tensor y)
    {
        Reduction how = Enum.Parse<Reduction>(g.Reduction, ignoreCase: true);
        Tensor? weights = g.Weights ? ClassWeights(g.Shape[1]) : null;
        var circle = new CircleOptions { Margin = g.Loss.StartsWith("circle", StringComparison.Ordinal) ? g.Margin : 0,
            Scale = g.Scale > 0 ? g.Scale : 1 };
        var overlap = new OverlapOptions { Probability = Enum.Parse<OverlapProbability>(g.Probability, ignoreCase: true),
            Smoothing = g.Smoothing, CountAbsentClasses = g.Absent, IgnoreIndex = Void };
        return g.Loss switch
        {
            "cross_entropy" => CrossEntropy.Compute(x, y,
                new CrossEntropyOptions { IgnoreIndex = Void, LabelSmoothing = g.Smoothing }, weights, how),
            "softmax_focal" => FocalLoss.Softmax(x, y, new SoftmaxFocalOptions { Gamma = g.Gamma, IgnoreIndex = Void }, weights, how),
            "sigmoid_focal" => FocalLoss.Sigmoid(x, y, new SigmoidFocalOptions { Gamma = g.Gamma, Alpha = g.Alpha }, how),
            "binary_cross_entropy" => BinaryCrossEntropy.Compute(x, y, weights?.View([-1, .. Enumerable.Repeat(1L, x.Dim - 2)]),
                g.Positive ? ClassWeights(g.Shape[1]) * 2 : null, how),
            "mean_squared_error" => SigmoidMeanSquaredError.Compute(x, y, how),
            "smooth_l1" => SmoothL1Loss.Compute(x, y, g.Beta, how),
            "entropy" => PredictionEntropy.Compute(x, how),
            "soft_iou" => SoftIouLoss.Compute(x, y, overlap),
            "dice" => DiceLoss.Compute(x, y, overlap),
            "circle_class" => CircleLoss.ClassLevel(x, y, circle, how),
            "circle_pair" => CircleLoss.PairWise(x, y, circle, how),
            _ => throw new InvalidOperationException($"The goldens name a loss {g.Loss} that the tests do not know."),
        };
    }

    private static LossGolden[] Read()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Fovea.slnx"))) folder = folder.Parent;
        Assert.NotNull(folder);
        string text = File.ReadAllText(Path.Combine(folder.FullName, "tests", "goldens", "losses", "losses.json"));
        return JsonSerializer.Deserialize<LossGolden[]>(text, new JsonSerializerOptions { PropertyNameCaseInsensitive = true })!;
    }
}
