using System.Text.Json;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Transforms;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection;

public class DetectionTransformTests
{
    private static Image Picture(int height, int width, int seed) =>
        new(new ImageSize(height, width), [.. Enumerable.Range(0, height * width * 3).Select(i => (byte)(i * 7919 + seed))]);

    // 3 x H x W, 0 to 1.
    private static Tensor AsTensor(Image image) =>
        (Tensor.From(image.Pixels, image.Height, image.Width, 3).To(DType.Float32) / 255).Permute(2, 0, 1).Contiguous();

    [Fact]
    public void Pixels_and_boxes_are_torchvisions()
    {
        using var scope = new TensorScope();
        ImageBatch batch = new DetectionTransform { MinSize = 6, MaxSize = 9 }.Batch(
            [(Filled(1, 3, 10, 7) + 1) / 2, (Filled(2, 3, 4, 4) + 1) / 2]);
        JsonElement golden = Golden("transform");
        Assert.Equal([new ImageSize(8, 6), new ImageSize(6, 6)], batch.Sizes);
        Assert.Equal([new ImageSize(10, 7), new ImageSize(4, 4)], batch.OriginalSizes);
        Assert.Equal(golden.GetProperty("shape").Longs(), batch.Pixels.Shape);
        AssertClose(golden.GetProperty("pixels").Floats(), Values32(batch.Pixels[0, .., ..8, ..6], batch.Pixels[1, .., ..6, ..6]), 1e-5);
        Box[] boxes = [new(1, 2, 5, 9), new(0, 0, 4, 1)];
        IEnumerable<Tensor> targets = boxes.Select((box, n) =>
            DetectionTarget.From([new Annotation { Box = box, Category = 0 }], batch.OriginalSizes[n], batch.Sizes[n]).Boxes);
        Assert.Equal(golden.GetProperty("boxes").Floats(), Values32(targets));
    }

    [Theory, InlineData(6, 9), InlineData(7, 10), InlineData(20, 40)]
    public void Bytes_and_tensors_give_the_same_bits(int minSize, int maxSize)
    {
        using var scope = new TensorScope();
        var transform = new DetectionTransform { MinSize = minSize, MaxSize = maxSize };
        Image[] pictures = [Picture(10, 7, 1), Picture(8, 23, 2)];
        Assert.Equal(transform.Batch([.. pictures.Select(AsTensor)]).Pixels.ToArray<float>(),
            transform.Batch(pictures).Pixels.ToArray<float>());
    }

    [Fact]
    public void A_picture_of_the_wanted_size_is_only_normalised_and_padded_with_zeros()
    {
        using var scope = new TensorScope();
        var transform = new DetectionTransform
        {
            MinSize = 1, MaxSize = 2, SizeDivisor = 4, Normalization = new((0.5f, 0, 0), (0.5f, 1, 2)),
        };
        ImageBatch batch = transform.Batch([new Image(new ImageSize(1, 2), [255, 255, 255, 0, 0, 0])]);
        float[] red = [1, -1, 0, 0, .. new float[12]], green = [1, 0, 0, 0, .. new float[12]], blue = [0.5f, 0, 0, 0, .. new float[12]];
        Assert.Equal([.. red, .. green, .. blue], batch.Pixels.ToArray<float>());
    }

    [Theory]
    [InlineData(1, 1, 800, 800)]
    [InlineData(1, 2000, 1, 1333)]                            // the shorter side would vanish
    [InlineData(5332, 3, 1333, 1)]
    public void Every_picture_keeps_a_pixel(int height, int width, int resizedHeight, int resizedWidth)
    {
        Assert.Equal(new ImageSize(resizedHeight, resizedWidth), new DetectionTransform().ResizedSize(new ImageSize(height, width)));
    }

    [Fact]
    public void A_thin_picture_fills_a_batch_of_one_divisor()
    {
        using var scope = new TensorScope();
        ImageBatch batch = new DetectionTransform { MinSize = 64, MaxSize = 64 }.Batch([Picture(1, 128, 3)]);
        Assert.Equal([1, 3, 32, 64], batch.Pixels.Shape);
        Assert.Equal([new ImageSize(1, 64)], batch.Sizes);
        Assert.All(batch.Pixels[.., .., 1..].ToArray<float>(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Nothing_makes_no_batch_and_sizes_are_positive()
    {
        Assert.Contains("at least one",
            Assert.Throws<ArgumentException>(() => new DetectionTransform().Batch(Array.Empty<Image>())).Message);
        Assert.Contains("at least one",
            Assert.Throws<ArgumentException>(() => new DetectionTransform().Batch(Array.Empty<Tensor>())).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DetectionTransform { MinSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DetectionTransform { SizeDivisor = -32 });
    }
}
