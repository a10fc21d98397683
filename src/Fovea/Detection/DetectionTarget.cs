using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection;

/// <summary>What a detector should find in one picture of a batch.</summary>
/// <param name="Boxes">G x 4 float32, x1 y1 x2 y2 in pixels of the resized picture (the frame of
/// <see cref="ImageBatch.Sizes"/>).</param>
/// <param name="Labels">G int64, from 1: label 0 is background.</param>
public sealed record DetectionTarget(Tensor Boxes, Tensor Labels)
{
    /// <summary>The pixels of each object in the resized picture; null where not all objects have masks.</summary>
    public IReadOnlyList<RunLengthMask>? Masks { get; init; }

    /// <summary>The key points of the objects: G x P x 3 float32, x and y in pixels of the resized picture and the visibility, 0 where a
    /// point is not labelled; null where the objects have none.</summary>
    public Tensor? Keypoints { get; init; }

    /// <summary>The tensors.</summary>
    public IEnumerable<Tensor> Tensors => Keypoints is null ? [Boxes, Labels] : [Boxes, Labels, Keypoints];

    /// <summary>The target on another device.</summary>
    public DetectionTarget To(Device device) => this with
    {
        Boxes = Boxes.To(device), Labels = Labels.To(device), Keypoints = Keypoints?.To(device),
    };

    /// <summary>From annotations of a picture that was resized. Crowds are left out: they are no single object to learn.</summary>
    /// <param name="annotations">Objects in coordinates of the original picture.</param>
    /// <param name="original">Size of that picture.</param>
    /// <param name="resized">Size of the picture in the batch.</param>
    /// <param name="masks">Whether masks are wanted; those that are not are not read.</param>
    /// <exception cref="ArgumentException">A box has no area, or is not finite, in the batch: clean the data before it gets
    /// here. Or the objects have different numbers of key points.</exception>
    public static DetectionTarget From(IReadOnlyList<Annotation> annotations, ImageSize original, ImageSize resized, bool masks = true)
    {
        Annotation[] objects = [.. annotations.Where(a => !a.IsCrowd)];
        // torchvision divides in float32, so the same is done here: its numbers are to be met.
        float scaleY = (float)resized.Height / original.Height, scaleX = (float)resized.Width / original.Width;
        var boxes = new float[objects.Length * 4];
        var labels = new long[objects.Length];
        for (int i = 0; i < objects.Length; i++)
        {
            Box box = objects[i].Box;
            float x1 = (float)box.X1 * scaleX, y1 = (float)box.Y1 * scaleY, x2 = (float)box.X2 * scaleX, y2 = (float)box.Y2 * scaleY;
            if (!(x2 > x1 && y2 > y1 && float.IsFinite(x2 - x1) && float.IsFinite(y2 - y1)))
                throw new ArgumentException($"A box to learn must have an area and finite corners, but this one is {box}.",
                    nameof(annotations));
            (boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]) = (x1, y1, x2, y2);
            labels[i] = objects[i].Category + 1;
        }
        return new DetectionTarget(Tensor.From(boxes, objects.Length, 4), Tensor.From(labels, objects.Length))
        {
            Masks = masks && objects.All(a => a.Mask is not null) ? [.. objects.Select(a => a.Mask!.ResizeByCorners(resized))] : null,
            Keypoints = KeypointsOf(objects, scaleY, scaleX),
        };
    }

    // Objects without any among others that have some get points that are not labelled.
    private static Tensor? KeypointsOf(Annotation[] objects, float scaleY, float scaleX)
    {
        int count = objects.Select(a => a.Keypoints.Count).DefaultIfEmpty(0).Max();
        if (count == 0) return null;
        var values = new float[objects.Length * count * 3];
        for (int i = 0; i < objects.Length; i++)
        {
            IReadOnlyList<Keypoint> points = objects[i].Keypoints;
            if (points.Count != 0 && points.Count != count)
                throw new ArgumentException($"An object has {points.Count} key points and another {count}: all need as many.", nameof(objects));
            for (int p = 0; p < points.Count; p++)
            {
                int at = 3 * (i * count + p);
                (values[at], values[at + 1]) = ((float)points[p].X * scaleX, (float)points[p].Y * scaleY);
                values[at + 2] = points[p].Visibility;
            }
        }
        return Tensor.From(values, objects.Length, count, 3);
    }
}
