using Fovea.Imaging;
using Fovea.Reconstruction;
using Fovea.Torch;

namespace Fovea.Cli.Prediction;

/// <summary>Squeezes pictures through an auto-encoder: each drawn beside what came back, and how far they are apart.</summary>
internal sealed class ReconstructionRun(AutoEncoder model, Device device, IReadOnlyList<string> files, string folder, bool drawsPictures)
    : PredictRun(files, folder, drawsPictures)
{
    private readonly List<(string File, double Psnr)> _answers = [];

    protected override string AnswersName => "reconstructions.json";

    protected override string PicturesName => "Pictures, each beside what came back,";

    protected override object Answers => new { images = _answers.Select(a => new { file_name = a.File, psnr = Math.Round(a.Psnr, 3) }) };

    protected override string Predict(string file, Image image, string? drawing)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor pixels = model.Batch([image]).To(device);
        double psnr = -10 * Math.Log10(model.ComputeLoss(pixels).Item());
        _answers.Add((file, psnr));
        if (drawing is not null) ReconstructionDrawing.Draw(image, model.Reconstruct(pixels)[0]).SaveJpeg(drawing, 92);
        return FormattableString.Invariant($"PSNR {psnr:0.0} dB");
    }

    protected override string Summary(int pictures) => pictures == 0 ? "No picture"
        : FormattableString.Invariant($"{Count(pictures, "picture")}, mean PSNR {_answers.Average(a => a.Psnr):0.0} dB");
}
