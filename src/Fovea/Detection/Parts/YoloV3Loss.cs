using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>The loss of YOLOv3.</summary>
/// <remarks>Redmon and Farhadi: "YOLOv3" (2018), sections 2.1 and 2.2. Each object belongs to one anchor, the one whose shape fits best;
/// places that overlap some object by more than a threshold without being its own are not held against. The paper names the gradient of a
/// box, "ground truth minus prediction": cross entropy has it for the centre, half the square for the logarithms. As in Darknet, small
/// boxes count up to twice. Sums over the places, means over the pictures. Letters: N pictures, P places, K classes, M objects.</remarks>
internal static class YoloV3Loss
{
    /// <summary>The named losses.</summary>
    /// <param name="told">N x P x (5 + K) float32, before sigmoids: box, objectness, classes.</param>
    /// <param name="targets">N targets.</param>
    /// <param name="grid">The places.</param>
    /// <param name="size">Height and width of the batch.</param>
    /// <param name="ignoreThreshold">IoU with an object above which a place is not held against.</param>
    public static IReadOnlyDictionary<string, Tensor> Compute(Tensor told, IReadOnlyList<DetectionTarget> targets, YoloGrid grid,
        ImageSize size, double ignoreThreshold)
    {
        Device device = told.Device;
        long count = told.Size(0), width = told.Size(2);
        Objects objects = Assign(targets, grid, size);
        int found = objects.Labels.Length;
        Tensor place = Tensor.From(objects.Places, found).To(device);                                                   // M
        Tensor code = Tensor.From(objects.Codes, found, 4).To(device), weight = Tensor.From(objects.Weights, found, 1).To(device);
        Tensor classes = Tensor.Zeros([found, width - 5], device: device)
            .ScatterInPlace(1, Tensor.From(objects.Labels, found, 1).To(device), 1);                                    // M,K
        Tensor own = told.Reshape(-1, width).IndexSelect(0, place);                                                     // M,5+K
        Tensor isObject = Tensor.Zeros([count * grid.Count], device: device).ScatterInPlace(0, place, 1);               // NP
        Tensor counts = isObject.Maximum((!Overlapping(told, targets, grid, ignoreThreshold)).To(DType.Float32));       // NP

        Tensor centre = BinaryCrossEntropy.Compute(own[.., ..2], code[.., ..2].Clamp(0, 1), weight, reduction: Reduction.Sum);
        Tensor shape = ((own[.., 2..4] - code[.., 2..]).Pow(2) * weight).Sum() * 0.5;
        return new Dictionary<string, Tensor>
        {
            ["loss_box_reg"] = (centre + shape) / count,
            ["loss_objectness"] =
                BinaryCrossEntropy.Compute(told[.., .., 4].Reshape(-1), isObject, counts, reduction: Reduction.Sum) / count,
            ["loss_classifier"] = BinaryCrossEntropy.Compute(own[.., 5..], classes, reduction: Reduction.Sum) / count,
        };
    }

    // Places whose box overlaps an object: NP bool.
    private static Tensor Overlapping(Tensor told, IReadOnlyList<DetectionTarget> targets, YoloGrid grid, double threshold)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor boxes = grid.Decode(told.Detach());                                                                      // N,P,4
        Tensor[] overlapping = [.. targets.Select((target, n) => target.Labels.Numel == 0
            ? Tensor.Zeros([grid.Count], DType.Bool, told.Device)
            : new Boxes(boxes[n]).Iou(new Boxes(target.Boxes)).Max(1).Values > threshold)];
        return scope.Keep(Tensor.Cat(overlapping));
    }

    // An anchor of a cell tells one object: of several, the first.
    private static Objects Assign(IReadOnlyList<DetectionTarget> targets, YoloGrid grid, ImageSize size)
    {
        var places = new List<long>();
        var codes = new List<float>();
        var weights = new List<float>();
        var labels = new List<long>();
        var taken = new HashSet<long>();
        for (int n = 0; n < targets.Count; n++)
        {
            Box[] boxes = new Boxes(targets[n].Boxes).ToArray();
            long[] classes = targets[n].Labels.ToArray<long>();
            for (int i = 0; i < boxes.Length; i++)
            {
                (int at, float[] code) = grid.Encode(boxes[i]);
                long place = (long)n * grid.Count + at;
                if (!taken.Add(place)) continue;
                places.Add(place);
                codes.AddRange(code);
                weights.Add((float)(2 - boxes[i].Area / size.Pixels));
                labels.Add(classes[i] - 1);
            }
        }
        return new Objects([.. places], [.. codes], [.. weights], [.. labels]);
    }

    private sealed record Objects(long[] Places, float[] Codes, float[] Weights, long[] Labels);
}
