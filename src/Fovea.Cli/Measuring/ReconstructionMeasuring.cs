using Fovea.Data;
using Fovea.Reconstruction;
using Fovea.Torch;
using Fovea.Training;

namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea eval</c> tells of an auto-encoder: how near its pictures come.</summary>
internal sealed record ReconstructionMeasuring(int Pictures, double Psnr, double SquaredError) : IMeasured
{
    public static ReconstructionMeasuring Of(AutoEncoder model, IDataset dataset, Device device, CancellationToken cancellation)
    {
        model.Train(false);
        model.To(device);
        IReadOnlyDictionary<string, double> figures = ReconstructionTask.Measure(model, dataset, device, new LoaderOptions { BatchSize = 16 },
            null, cancellation);
        return new ReconstructionMeasuring(dataset.Count, figures["PSNR"], figures["MSE"]);
    }

    public object ToJson() => new { pictures = Pictures, psnr = Psnr, mse = SquaredError };

    public void Print(TextWriter output) => output.WriteLine(FormattableString.Invariant(
        $"{Pictures} pictures: PSNR {Psnr:0.00} dB, mean squared error {SquaredError:0.00000} of pixels in 0..1"));
}
