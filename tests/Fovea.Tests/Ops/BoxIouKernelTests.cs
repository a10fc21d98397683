using Fovea.Ops.Kernels;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class BoxIouKernelTests
{
    private static float[] Fill(float[] a, float[] b, bool generalized)
    {
        float[] matrix = new float[a.Length / 4 * (b.Length / 4)];
        BoxIouKernel.Fill(a, b, matrix, generalized);
        return matrix;
    }

    [Fact]
    public void Two_boxes_that_share_half_overlap_by_a_third()
    {
        Assert.Equal([1 / 3f, 0], Fill([0, 0, 2, 1], [1, 0, 3, 1, 2, 0, 4, 1], false));
        // Side by side without a gap, the hull is the union; two apart, half of the hull is empty.
        Assert.Equal([0, -0.5f], Fill([0, 0, 1, 1], [1, 0, 2, 1, 3, 0, 4, 1], true));
    }

    [Fact]
    public void Agrees_with_torchvision()
    {
        AssertClose(Get("iou").Floats(), Fill(Boxes(3, 100, 80, 6), Boxes(4, 100, 80, 7), false), 1e-7);
        AssertClose(Get("giou").Floats(), Fill(Boxes(3, 100, 80, 6), Boxes(4, 100, 80, 7), true), 1e-7);
    }

    [Theory, InlineData(1, 1), InlineData(5, 16), InlineData(3, 37), InlineData(300, 250)]
    public void Agrees_with_the_plain_twin(int rows, int columns)
    {
        float[] a = Boxes(rows, 100, 80, 1), b = Boxes(columns, 100, 80, 2), iou = Fill(a, b, false), generalized = Fill(a, b, true);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
            {
                Assert.Equal(PlainBoxes.Iou(PlainBoxes.At(a, i), PlainBoxes.At(b, j)), iou[i * columns + j]);
                Assert.Equal(PlainBoxes.GeneralizedIou(PlainBoxes.At(a, i), PlainBoxes.At(b, j)), generalized[i * columns + j], 1e-5f);
            }
    }

    [Fact]
    public void Boxes_without_area_have_no_overlap_and_empty_sets_no_entries()
    {
        Assert.Equal([float.NaN, 0], Fill([1, 1, 1, 1], [2, 2, 2, 2, 0, 0, 4, 4], false));
        Assert.Empty(Fill([], [0, 0, 1, 1], false));
        Assert.Empty(Fill([0, 0, 1, 1], [], false));
        Assert.Throws<ArgumentException>(() => Fill([0, 0, 1], [0, 0, 1, 1], false));
    }
}
