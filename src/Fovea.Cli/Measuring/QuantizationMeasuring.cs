using System.Globalization;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Torch;
using Fovea.Torch.Quantization;

namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea quantize</c> tells: a classifier before and after.</summary>
internal sealed record QuantizationMeasuring(QuantizationMeasuring.Side Before, QuantizationMeasuring.Side After, int Layers, int Float,
    QuantizedEngine Engine, string Path)
{
    /// <summary>One of the two.</summary>
    /// <param name="Accuracy">On the pictures to measure on.</param>
    /// <param name="Bytes">Of its weights.</param>
    /// <param name="Milliseconds">For one picture that is prepared already.</param>
    internal sealed record Side(ClassificationResult Accuracy, long Bytes, double Milliseconds);

    /// <summary>Measures both.</summary>
    /// <param name="trained">In float32.</param>
    /// <param name="quantized">From the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="val">The pictures to measure on.</param>
    /// <param name="error">Where progress is shown.</param>
    /// <param name="cancellation">Ends measuring.</param>
    public static QuantizationMeasuring Of(ClassifierPredictor trained, ClassifierPredictor quantized, string path, IDataset val,
        TextWriter error, CancellationToken cancellation)
    {
        ClassificationResult before = ClassifierMeasuring.Of(trained, val, error, cancellation).Result;
        ClassificationResult after = ClassifierMeasuring.Of(quantized, val, error, cancellation).Result;
        int side = trained.Model.Transform.ImageSize;
        using var scope = new TensorScope();
        Tensor picture = Tensor.Zeros([1, 3, side, side]);
        (double slow, double fast) = Turns.Time(() => Run(trained), () => Run(quantized), cancellation);
        long bytes = trained.Model.Network.StateDict().Sum(entry => entry.Value.Numel * entry.Value.DType.ElementSize());
        IQuantizable[] parts = [.. QuantizedNetwork.PartsOf(quantized.Model.Network).Select(entry => entry.Part)
            .Where(part => part.Replaced.Count > 0)];
        return new QuantizationMeasuring(new Side(before, bytes, slow), new Side(after, new FileInfo(path).Length, fast), parts.Length,
            parts.Count(part => part.Quantized?.Output is null), QuantizedEngines.UseFastest(), path);

        void Run(ClassifierPredictor predictor)
        {
            using var run = new TensorScope();
            predictor.Model.Predict(picture);
        }
    }

    public object ToJson() => new
    {
        file = Path, engine = Engine, layers = Layers, float_layers = Float, pictures = Before.Accuracy.Confusion.Total,
        before = Figures(Before), after = Figures(After),
    };

    public void Print(TextWriter output)
    {
        output.WriteLine($"{"",-20}{"float32",12}{"int8",12}");
        Line("accuracy, top 1", "0.0000", side => side.Accuracy.Top1);
        Line("accuracy, top 5", "0.0000", side => side.Accuracy.Top5);
        Line("weights, MB", "0.00", side => side.Bytes / 1e6);
        Line("one picture, ms", "0.0", side => side.Milliseconds);
        output.WriteLine($"{Before.Accuracy.Confusion.Total} pictures; {Layers - Float} of {Layers} layers with weights compute in " +
            $"integers ({Engine}).");
        output.WriteLine($"Written: {Path}");

        void Line(string what, string format, Func<Side, double> figure)
        {
            string Text(Side side) => figure(side).ToString(format, CultureInfo.InvariantCulture);
            output.WriteLine($"{what,-20}{Text(Before),12}{Text(After),12}");
        }
    }

    private static object Figures(Side side) => new
    {
        top1 = side.Accuracy.Top1, top5 = side.Accuracy.Top5, bytes = side.Bytes, milliseconds = Math.Round(side.Milliseconds, 3),
    };
}
