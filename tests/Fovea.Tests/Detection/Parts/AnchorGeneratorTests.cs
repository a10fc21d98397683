using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection.Parts;

public class AnchorGeneratorTests
{
    private static Tensor Map(int height, int width) => Tensor.Zeros([1, 1, height, width]);

    [Fact]
    public void The_anchors_of_two_levels_are_torchvisions()
    {
        using var scope = new TensorScope();
        using var generator = new AnchorGenerator([[32, 64], [100, 45]], [0.5f, 1, 2]);
        Tensor[] anchors = generator.Generate([Map(2, 3), Map(1, 2)], new ImageSize(33, 50));
        Assert.Equal([36, 4], anchors[0].Shape);
        Assert.Equal([12, 4], anchors[1].Shape);
        Assert.Equal((6, 2), (generator.PerCell, generator.Levels));
        Assert.Equal(Get("anchors").Floats(), anchors.SelectMany(level => level.ToArray<float>()));
    }

    [Fact]
    public void Anchors_follow_the_size_of_the_batch_and_lie_on_a_cells_corner()
    {
        using var scope = new TensorScope();
        using var generator = new AnchorGenerator([[4]], [1]);
        // The same map under two batches: 8 and then 16 x 4 pixels a cell.
        Assert.Equal([-2, -2, 2, 2, 6, -2, 10, 2], generator.Generate([Map(1, 2)], new ImageSize(8, 16))[0].ToArray<float>());
        Assert.Equal([-2, -2, 2, 2, 2, -2, 6, 2], generator.Generate([Map(1, 2)], new ImageSize(16, 8))[0].ToArray<float>());
    }

    [Fact]
    public void A_grid_that_was_handed_out_outlives_those_that_are_kept()
    {
        using var scope = new TensorScope();
        var generator = new AnchorGenerator([[4]], [1]);
        Tensor first = generator.Generate([Map(1, 1)], new ImageSize(8, 8))[0];
        for (int width = 2; width < 100; width++) generator.Generate([Map(1, width)], new ImageSize(8, 8 * width));
        Assert.Equal([-2, -2, 2, 2], first.ToArray<float>());
        Assert.Equal([-2, -2, 2, 2], generator.Generate([Map(1, 1)], new ImageSize(8, 8))[0].ToArray<float>());
        generator.Dispose();
        Assert.Equal([-2, -2, 2, 2], first.ToArray<float>());
    }

    [Fact]
    public void What_makes_no_or_uneven_anchors_is_refused()
    {
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new AnchorGenerator([], [1])).Message);
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new AnchorGenerator([[4], [8]], [])).Message);
        Assert.Contains("1, 2 anchor sizes", Assert.Throws<ArgumentException>(() => new AnchorGenerator([[4], [8, 16]], [1])).Message);
        using var scope = new TensorScope();
        using var generator = new AnchorGenerator([[4], [8]], [1]);
        Assert.Contains("2 levels", Assert.Throws<ArgumentException>(() => generator.Generate([Map(1, 1)], new ImageSize(8, 8))).Message);
    }
}
