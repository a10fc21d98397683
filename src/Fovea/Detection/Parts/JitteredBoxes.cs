using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>True boxes that were moved and stretched at random: what an <see cref="IouHead"/> learns from.</summary>
/// <remarks>Jiang et al.: "Acquisition of Localization Confidence" (ECCV 2018), section 2.2: boxes of every quality are learned from, and
/// not those that the detector happens to propose, so that the head does not depend on the detector. Letters: R boxes of all
/// pictures.</remarks>
/// <param name="Boxes">For each picture R_n x 4, in pixels of the batch.</param>
/// <param name="Labels">R int64, from 1.</param>
/// <param name="Ious">R: of each box with the true box that it was made from.</param>
public sealed record JitteredBoxes(Tensor[] Boxes, Tensor Labels, Tensor Ious)
{
    // Boxes that are tried for each object, and how far they go: shares of the box's sides, and of the logarithm of their stretching.
    private const int Tries = 100;
    private const double Shift = 0.5, Stretch = 0.7;

    /// <summary>Draws boxes whose IoU is about uniformly distributed from the least one to 1: for each, an IoU is drawn, and of many
    /// random boxes the one that comes nearest is taken.</summary>
    /// <param name="targets">What there is in each picture.</param>
    /// <param name="sizes">Size of each picture in the batch: boxes are clipped to it.</param>
    /// <param name="perObject">Boxes of each object.</param>
    /// <param name="leastIoU">Boxes that are farther off are left out; 0.5 in the paper.</param>
    /// <param name="generator">Source of the random choice, on the CPU.</param>
    public static JitteredBoxes Draw(IReadOnlyList<DetectionTarget> targets, IReadOnlyList<ImageSize> sizes, int perObject, double leastIoU,
        Generator generator)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var boxes = new Tensor[targets.Count];
        List<long> labels = [];
        List<float> ious = [];
        for (int n = 0; n < boxes.Length; n++)
        {
            Box[] truths = new Boxes(targets[n].Boxes).ToArray();
            long[] classes = targets[n].Labels.ToArray<long>();
            List<Box> chosen = [];
            for (int g = 0; g < truths.Length; g++)
                foreach ((Box box, double iou) in Choose(truths[g], sizes[n], perObject, leastIoU, generator))
                {
                    chosen.Add(box);
                    labels.Add(classes[g]);
                    ious.Add((float)iou);
                }
            boxes[n] = scope.Keep(Structures.Boxes.From(chosen).Tensor.To(targets[n].Boxes.Device));
        }
        Device device = targets[0].Boxes.Device;
        return new JitteredBoxes(boxes, scope.Keep(Tensor.From([.. labels], labels.Count).To(device)),
            scope.Keep(Tensor.From([.. ious], ious.Count).To(device)));
    }

    private static IEnumerable<(Box Box, double IoU)> Choose(Box truth, ImageSize size, int count, double leastIoU, Generator generator)
    {
        float[] random = Tensor.Rand([Tries * 5 + count], generator).ToArray<float>();
        // The true box itself is among them: of a tiny object nothing else may be left.
        var tried = new List<(Box Box, double IoU)> { (truth, 1) };
        for (int i = 0; i < Tries; i++)
        {
            // Some boxes go far and some hardly at all, so that there are some of every IoU.
            double Spread(int k, double most) => (2 * random[5 * i + k] - 1) * random[5 * i + 4] * most;
            double width = truth.Width * Math.Exp(Spread(0, Stretch)), height = truth.Height * Math.Exp(Spread(1, Stretch));
            double x = (truth.X1 + truth.X2) / 2 + Spread(2, Shift) * truth.Width;
            double y = (truth.Y1 + truth.Y2) / 2 + Spread(3, Shift) * truth.Height;
            Box box = new Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2).Clip(size);
            double iou = box.IoU(truth);
            if (iou >= leastIoU) tried.Add((box, iou));
        }
        for (int i = 0; i < count; i++)
        {
            double wanted = leastIoU + (1 - leastIoU) * random[Tries * 5 + i];
            yield return tried.MinBy(one => Math.Abs(one.IoU - wanted));
        }
    }
}
