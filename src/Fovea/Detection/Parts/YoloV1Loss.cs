using Fovea.Ops.Compositions;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>The loss of YOLO v1: squared errors of boxes, confidences and classes.</summary>
/// <remarks>Redmon et al.: "You Only Look Once" (CVPR 2016), equation 3, as a mean over the pictures. A cell tells one object: of several
/// whose centres it holds, the first. Letters: N pictures, S cells a side, B boxes a cell, K classes, G cells with an object.</remarks>
internal static class YoloV1Loss
{
    /// <summary>The named losses.</summary>
    /// <param name="boxes">N x S^2 x B x 5: x, y, sqrt(w), sqrt(h), confidence.</param>
    /// <param name="classes">N x S^2 x K.</param>
    /// <param name="targets">N targets.</param>
    /// <param name="grid">The cells.</param>
    /// <param name="options">The weights.</param>
    public static IReadOnlyDictionary<string, Tensor> Compute(Tensor boxes, Tensor classes, IReadOnlyList<DetectionTarget> targets,
        YoloV1Grid grid, YoloV1Options options)
    {
        long count = boxes.Size(0), perCell = boxes.Size(2);
        (long[] cells, float[] codes, long[] labels) = Objects(targets, grid);
        Tensor place = Tensor.From(cells, cells.Length).To(boxes.Device);
        Tensor truth = Tensor.From(codes, cells.Length, 4).To(boxes.Device);                                            // G,4
        boxes = boxes.Reshape(count * grid.Count, perCell, 5);
        Tensor own = boxes.IndexSelect(0, place);                                                                       // G,B,5
        (Tensor best, Tensor iou) = Responsible(own.Detach()[.., .., ..4], truth, grid);                                // G and G
        Tensor told = own.Gather(1, best.View(-1, 1, 1).Expand(-1, 1, 5)).Squeeze(1);                                   // G,5

        Tensor isOther = Tensor.Ones([count * grid.Count * perCell], device: boxes.Device)
            .ScatterInPlace(0, place * perCell + best, 0);
        Tensor confidence = boxes[.., .., 4].Reshape(-1) * isOther;                                                     // NSSB
        Tensor oneHot = Tensor.Zeros([cells.Length, classes.Size(2)], device: boxes.Device)
            .ScatterInPlace(1, Tensor.From(labels, cells.Length, 1).To(boxes.Device), 1);                               // G,K
        Tensor scores = classes.Reshape(count * grid.Count, classes.Size(2)).IndexSelect(0, place);                     // G,K
        return new Dictionary<string, Tensor>
        {
            ["loss_box_reg"] = Squares(told[.., ..4] - truth) * (options.BoxWeight / count),
            ["loss_objectness"] = Squares(told[.., 4] - iou) / count,
            ["loss_no_object"] = Squares(confidence) * (options.NoObjectWeight / count),
            ["loss_classifier"] = Squares(scores - oneHot) / count,
        };
    }

    // Of a cell's boxes, the one that overlaps the object most; where none does, the nearest one.
    private static (Tensor Best, Tensor Iou) Responsible(Tensor codes, Tensor truth, YoloV1Grid grid)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor iou = BoxOverlap.Pairs(grid.InCell(codes), grid.InCell(truth).Unsqueeze(1), generalized: false);         // G,B
        Tensor distance = (codes - truth.Unsqueeze(1)).Pow(2).Sum(-1);                                                  // G,B
        Tensor meets = iou.Max(1, keepDimension: true).Values > 0;                                                      // G,1
        Tensor best = meets.Where(iou, -distance).ArgMax(1);                                                            // G
        return (scope.Keep(best), scope.Keep(iou.Gather(1, best.Unsqueeze(1)).Squeeze(1)));
    }

    private static (long[] Cells, float[] Codes, long[] Labels) Objects(IReadOnlyList<DetectionTarget> targets, YoloV1Grid grid)
    {
        var cells = new List<long>();
        var codes = new List<float>();
        var labels = new List<long>();
        var taken = new HashSet<long>();
        for (int n = 0; n < targets.Count; n++)
        {
            Box[] boxes = new Boxes(targets[n].Boxes).ToArray();
            long[] classes = targets[n].Labels.ToArray<long>();
            for (int i = 0; i < boxes.Length; i++)
            {
                (int cell, float[] code) = grid.Encode(boxes[i]);
                long place = (long)n * grid.Count + cell;
                if (!taken.Add(place)) continue;
                cells.Add(place);
                codes.AddRange(code);
                labels.Add(classes[i] - 1);
            }
        }
        return ([.. cells], [.. codes], [.. labels]);
    }

    private static Tensor Squares(Tensor difference) => (difference * difference).Sum();
}
