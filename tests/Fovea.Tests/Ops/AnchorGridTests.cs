using Fovea.Imaging;
using Fovea.Ops;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class AnchorGridTests
{
    [Fact]
    public void Half_a_pixel_rounds_to_the_even_number()
    {
        // 45 / 2 = 22.5 -> 22 and 51 / 2 = 25.5 -> 26.
        Assert.Equal([-22, -22, 22, 22, -26, -26, 26, 26], AnchorGrid.CellAnchors([45, 51], [1]));
    }

    [Fact]
    public void Agrees_with_torchvision_on_two_maps()
    {
        // A picture of 33 x 50 over maps of 2 x 3 and 1 x 2 cells: strides are the whole-number quotients.
        float[] first = AnchorGrid.Tile(AnchorGrid.CellAnchors([32, 64], [0.5f, 1, 2]), new ImageSize(2, 3), (16, 16));
        float[] second = AnchorGrid.Tile(AnchorGrid.CellAnchors([100, 45], [0.5f, 1, 2]), new ImageSize(1, 2), (33, 25));
        Assert.Equal(Get("anchors").Floats(), first.Concat(second));
    }

    [Theory, InlineData(0f), InlineData(-1f), InlineData(float.NaN)]
    public void A_size_or_ratio_that_is_not_positive_is_refused(float value)
    {
        Assert.Throws<ArgumentException>(() => AnchorGrid.CellAnchors([value], [1]));
        Assert.Throws<ArgumentException>(() => AnchorGrid.CellAnchors([1], [value]));
    }

    [Fact]
    public void A_map_without_cells_has_no_anchors() => Assert.Empty(AnchorGrid.Tile([-1, -1, 1, 1], new ImageSize(0, 5), (4, 4)));
}
