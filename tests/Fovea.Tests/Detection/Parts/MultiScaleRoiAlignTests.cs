using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection.Parts;

public class MultiScaleRoiAlignTests
{
    private static readonly MultiScaleRoiAlign Pool = new(Size: 2);

    // Sides below, at and above 112 and 224 pixels, at which the level changes, and a region without area.
    [Fact]
    public void Regions_of_all_sizes_in_two_pictures_are_torchvisions()
    {
        using var scope = new TensorScope();
        Tensor[] maps = [.. Enumerable.Range(0, 3).Select(i => Filled(1 + i, 2, 2, 160 >> i, 160 >> i))];
        Tensor first = Tensor.From<float>([0, 0, 50, 50, 10, 20, 122, 132, 100, 100, 324, 324, 5, 5, 635, 600, 30, 30, 30, 60], 5, 4);
        Tensor second = Tensor.From<float>([0, 0, 111.9f, 111.9f, 200, 100, 640, 400], 2, 4);
        Tensor pooled = Pool.Forward(maps, [first, second], [new ImageSize(640, 640), new ImageSize(600, 640)]);
        Assert.Equal([7, 2, 2, 2], pooled.Shape);
        AssertClose(Golden("roi_align").Floats(), pooled.ToArray<float>(), 1e-5);
    }

    [Fact]
    public void A_low_picture_gets_torchvisions_scale()
    {
        using var scope = new TensorScope();
        Tensor pooled = Pool.Forward([Filled(1, 1, 1, 8, 80), Filled(2, 1, 1, 4, 40)], [Tensor.From<float>([0, 0, 100, 20], 1, 4)],
            [new ImageSize(20, 300)]);
        AssertClose(Golden("roi_align_low").Floats(), pooled.ToArray<float>(), 1e-5);
    }

    // The maps hold their level's number everywhere.
    [Theory]
    [InlineData(111.9f, 2), InlineData(112, 3), InlineData(223.9f, 3), InlineData(224, 4), InlineData(448, 5), InlineData(1000, 5)]
    [InlineData(0, 2)]
    public void The_level_is_that_of_equation_1(float side, float level)
    {
        using var scope = new TensorScope();
        Tensor[] maps = [.. Enumerable.Range(2, 4).Select(k => Tensor.Full([1, 1, 1024 >> k, 1024 >> k], k))];
        Tensor pooled = Pool.Forward(maps, [Tensor.From<float>([0, 0, side, side], 1, 4)], [new ImageSize(1024, 1024)]);
        Assert.Equal(level, pooled.ToArray<float>()[0]);
    }

    [Fact]
    public void Pictures_without_regions_take_no_place()
    {
        using var scope = new TensorScope();
        Tensor[] maps = [Filled(1, 3, 2, 16, 16), Filled(2, 3, 2, 8, 8)];
        ImageSize[] sizes = [new(64, 64), new(64, 64), new(64, 64)];
        Tensor none = Tensor.Zeros([0, 4]), region = Tensor.From<float>([8, 8, 40, 48], 1, 4);
        Tensor pooled = Pool.Forward(maps, [none, region, none], sizes);
        Tensor expected = RoiAlign.Forward(maps[0], Tensor.From<float>([1, 8, 8, 40, 48], 1, 5), 2, 2, 0.25);
        Assert.Equal(expected.ToArray<float>(), pooled.ToArray<float>());
        Assert.Equal([0, 2, 2, 2], Pool.Forward(maps, [none, none, none], sizes).Shape);
        Assert.Equal([0, 2, 2, 2], Pool.Forward(maps[..1], [none, none, none], sizes).Shape);
    }

    [Fact]
    public void Pooling_takes_the_largest_value_of_a_bin()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Arange(0, 16, dtype: DType.Float32).View(1, 1, 4, 4);
        Tensor region = Tensor.From<float>([0, 0, 12, 12], 1, 4);       // pixels 0 to 3 of a map at a quarter of the size
        Tensor pooled = (Pool with { Pooling = RoiPooling.Pool }).Forward([map], [region], [new ImageSize(16, 16)]);
        Assert.Equal([5, 7, 13, 15], pooled.ToArray<float>());
    }

    [Fact]
    public void Gradients_return_to_the_level_that_a_region_came_from()
    {
        using var scope = new TensorScope();
        Tensor fine = Tensor.Zeros([1, 1, 160, 160]), coarse = Tensor.Zeros([1, 1, 80, 80]);
        (fine.RequiresGrad, coarse.RequiresGrad) = (true, true);
        Pool.Forward([fine, coarse], [Tensor.From<float>([0, 0, 200, 200], 1, 4)], [new ImageSize(640, 640)]).Sum().Backward();
        Assert.Null(fine.Grad);
        Assert.Equal(4, coarse.Grad!.Sum().Item(), 1e-5);                // each bin is a mean
    }
}
