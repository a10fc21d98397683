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
    /// <summary>The target on another device.</summary>
    public DetectionTarget To(Device device) => new(Boxes.To(device), Labels.To(device));

    /// <summary>From annotations of a picture that was resized. Crowds are left out: they are no single object to learn.</summary>
    /// <param name="annotations">Objects in coordinates of the original picture.</param>
    /// <param name="original">Size of that picture.</param>
    /// <param name="resized">Size of the picture in the batch.</param>
    /// <exception cref="ArgumentException">A box has no area, or is not finite: clean the data before it gets here.</exception>
    public static DetectionTarget From(IReadOnlyList<Annotation> annotations, ImageSize original, ImageSize resized)
    {
        Annotation[] objects = [.. annotations.Where(a => !a.IsCrowd)];
        // torchvision divides in float32, so the same is done here: its numbers are to be met.
        float scaleY = (float)resized.Height / original.Height, scaleX = (float)resized.Width / original.Width;
        var boxes = new float[objects.Length * 4];
        var labels = new long[objects.Length];
        for (int i = 0; i < objects.Length; i++)
        {
            Box box = objects[i].Box;
            if (box.IsEmpty || !double.IsFinite(box.X1 + box.Y1 + box.X2 + box.Y2))
                throw new ArgumentException($"A box to learn must have an area and finite corners, but this one is {box}.", nameof(annotations));
            boxes[4 * i] = (float)box.X1 * scaleX;
            boxes[4 * i + 1] = (float)box.Y1 * scaleY;
            boxes[4 * i + 2] = (float)box.X2 * scaleX;
            boxes[4 * i + 3] = (float)box.Y2 * scaleY;
            labels[i] = objects[i].Category + 1;
        }
        return new DetectionTarget(Tensor.From(boxes, objects.Length, 4), Tensor.From(labels, objects.Length));
    }
}
