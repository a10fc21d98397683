using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The options of <c>fovea train</c> that only segmenters have.</summary>
internal sealed class SegmenterTrainOptions
{
    private static readonly SegmentationRecipe R = new();
    private static readonly string[] Terms = ["cross-entropy", "focal", "dice", "soft-iou"];

    private readonly Option<string?> _loss = Loss();
    private readonly Option<PixelBalance?> _balance =
        Options.Word<PixelBalance>("--class-weights", "Weights of the classes, from how often their pixels occur", R.Balance);
    private readonly Option<double?> _hard = Options.Real("--hard-pixels",
        "Learn only from pixels whose class gets less than this probability, such as 0.7, and from a sixteenth of all at least", 0, 1);
    private readonly Option<double?> _boundary = Options.Real("--boundary-weight",
        "U-Net's extra weight of pixels between objects, such as 10 (default: 0)", 0, 1000);
    private readonly Option<ImageSize?> _crop =
        Options.Picture("--crop-size", "Size of the part of a picture that is learnt from (default: the first picture's size)");
    private readonly Option<double?> _rotation = Options.Real("--rotate", "Largest random turn to either side, in degrees (default: 0)", 0, 180);
    private readonly Option<double?> _elastic =
        Options.Real("--elastic", "Bend pictures at random: deviation of the displacements in pixels, such as 10 (default: 0)", 0, 1000);
    private readonly Option<bool> _noAuxiliary = new("--no-auxiliary") { Description = "Without the network's auxiliary heads" };
    private readonly Option<int?> _stride =
        Options.Count("--output-stride", "Pixels to a pixel of the backbone's last map: 8, 16 or 32 (default: the model's)", 8, 32);
    private readonly Option<int?> _width =
        Options.Count("--width", "Channels of the first stage, where the network can be narrower than its paper's (default: the model's)", 1, 256);
    private readonly Option<int?> _headWidth = Options.Count("--fc-width",
        "Channels of fully connected layers turned into convolutions (default: the model's, 4096 in the papers)", 1, 4096);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
        [_loss, _balance, _hard, _boundary, _crop, _rotation, _elastic, _noAuxiliary, _stride, _width, _headWidth];

    /// <summary>The model's settings that are given.</summary>
    public SegmenterSettings Settings(ParseResult parsed, NetworkSize? size, bool frozenNorm, double? dropout) => new()
    {
        ShorterSide = size?.Short, FrozenBatchNorm = frozenNorm ? true : null, Dropout = dropout,
        Auxiliary = parsed.GetValue(_noAuxiliary) ? false : null, OutputStride = parsed.GetValue(_stride),
        Width = parsed.GetValue(_width), HeadWidth = parsed.GetValue(_headWidth),
    };

    /// <summary>A recipe with what is given.</summary>
    public SegmentationRecipe Recipe(ParseResult parsed, SegmentationRecipe r, double? smoothing)
    {
        SegmentationLoss loss = parsed.GetValue(_loss) is { } text ? WithTerms(r.Loss, text)! : r.Loss;
        return r with
        {
            Loss = loss with
            {
                LabelSmoothing = smoothing ?? loss.LabelSmoothing,
                HardPixels = parsed.GetValue(_hard) is { } probability ? (probability > 0 ? new HardPixelMining { Probability = probability } : null)
                    : loss.HardPixels,
            },
            Balance = parsed.GetValue(_balance) ?? r.Balance,
            Boundary = parsed.GetValue(_boundary) is { } weight ? (weight > 0 ? new BoundaryWeights { Weight = weight } : null) : r.Boundary,
            CropHeight = parsed.GetValue(_crop)?.Height ?? r.CropHeight,
            CropWidth = parsed.GetValue(_crop)?.Width ?? r.CropWidth,
            Rotation = parsed.GetValue(_rotation) ?? r.Rotation,
            Elastic = parsed.GetValue(_elastic) ?? r.Elastic,
        };
    }

    private static Option<string?> Loss()
    {
        Option<string?> option = Options.Text("--pixel-loss",
            $"Terms of the loss, of {string.Join(", ", Terms)}, with factors: such as cross-entropy,dice or cross-entropy:1,dice:0.5 (default: " +
            "cross-entropy)", "LIST");
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { } text }] && WithTerms(new SegmentationLoss(), text) is null)
                result.AddError($"--pixel-loss: '{text}' arrived, but terms of {string.Join(", ", Terms)} with commas between them were expected, " +
                    "each once, with a factor above 0 where it is not 1, such as cross-entropy,dice:0.5.");
        });
        return option;
    }

    // Null where the text is no list of terms.
    private static SegmentationLoss? WithTerms(SegmentationLoss loss, string text)
    {
        loss = loss with { CrossEntropy = 0, Focal = 0, Dice = 0, SoftIou = 0 };
        var seen = new HashSet<string>();
        foreach (string part in text.ToLowerInvariant().Split(','))
        {
            string[] halves = part.Split(':');
            double factor = 1;
            if (halves.Length > 2 || !seen.Add(halves[0]) || (halves.Length == 2 && !(double.TryParse(halves[1], NumberStyles.Float,
                CultureInfo.InvariantCulture, out factor) && factor > 0 && double.IsFinite(factor)))) return null;
            switch (Array.IndexOf(Terms, halves[0]))
            {
                case 0: loss = loss with { CrossEntropy = factor }; break;
                case 1: loss = loss with { Focal = factor }; break;
                case 2: loss = loss with { Dice = factor }; break;
                case 3: loss = loss with { SoftIou = factor }; break;
                default: return null;
            }
        }
        return loss;
    }
}
