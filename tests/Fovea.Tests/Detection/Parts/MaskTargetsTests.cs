using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Detection.Parts;

public class MaskTargetsTests
{
    // An object in the left half of a region of 4 x 4 pixels, drawn at 2 x 2.
    [Fact]
    public void Worked_by_hand()
    {
        using var scope = new TensorScope();
        byte[] pixels = new byte[64];
        for (int y = 2; y < 6; y++) pixels[y * 8 + 2] = pixels[y * 8 + 3] = 1;
        Tensor drawn = Compute(new Mask(new ImageSize(8, 8), pixels), [2, 2, 6, 6], 2);
        // Samples at 2.5, 3.5, 4.5 and 5.5: between pixels 2 and 3, 3 and 4, ...; without the shift by half a pixel of "aligned".
        Assert.Equal([(1 + 0.5f) / 2 * 1, 0, (1 + 0.5f) / 2 * 0.75f, 0], drawn.Flatten().ToArray<float>());
    }

    // The same as RoIAlign of the mask as a map of one channel.
    [Theory]
    [InlineData(28)]
    [InlineData(7)]
    public void Are_RoIAligns_of_the_mask(int side)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        var size = new ImageSize(60, 90);
        Tensor noise = (Tensor.Rand([size.Height, size.Width], generator) > 0.6).To(DType.UInt8);
        var mask = new Mask(size, noise.Flatten().ToArray<byte>());
        float[][] boxes = [[10.3f, 5.7f, 70.2f, 50.1f], [0, 0, 90, 60], [80.5f, 50.5f, 90, 60], [3, 3, 3.2f, 3.1f], [-4, -6, 20, 20], [60, 40, 130, 99]];
        foreach (float[] box in boxes)
        {
            Tensor region = Tensor.From<float>([0, .. box], 1, 5);
            Tensor expected = RoiAlign.Forward(noise.To(DType.Float32).View(1, 1, size.Height, size.Width), region, side, side, 1, 0, aligned: false);
            float[] wanted = expected.Flatten().ToArray<float>(), given = Compute(mask, box, side).Flatten().ToArray<float>();
            for (int i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], given[i], 1e-4f);
        }
    }

    [Fact]
    public void Objects_without_masks_are_refused()
    {
        using var scope = new TensorScope();
        var target = new DetectionTarget(Tensor.From<float>([0, 0, 4, 4], 1, 4), Tensor.From([1L], 1));
        Assert.Contains("without masks", Assert.Throws<ArgumentException>(() =>
            MaskTargets.Compute(target, Tensor.From<float>([0, 0, 4, 4], 1, 4), Tensor.From([0L], 1), 28)).Message);
    }

    private static Tensor Compute(Mask mask, float[] box, int side)
    {
        var target = new DetectionTarget(Tensor.From(box, 1, 4), Tensor.From([1L], 1)) { Masks = [RunLengthMask.FromBitmap(mask)] };
        return MaskTargets.Compute(target, Tensor.From(box, 1, 4), Tensor.From([0L], 1), side);
    }
}
