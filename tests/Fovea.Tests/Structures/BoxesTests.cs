using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Ops;
using Fovea.Torch;

namespace Fovea.Tests.Structures;

public class BoxesTests
{
    private static Boxes Of(params float[] edges) => new(Tensor.From(edges, edges.Length / 4, 4));

    [Fact]
    public void Area_clip_scale_and_size()
    {
        using var scope = new TensorScope();
        Boxes boxes = Of(-2, 1, 4, 3, 5, 5, 20, 30, 8, 9, 8.5f, 12);
        Assert.Equal([12, 375, 1.5f], boxes.Area().ToArray<float>());
        Assert.Equal([0, 1, 4, 3, 5, 5, 10, 9, 8, 9, 8.5f, 9], boxes.Clip(new ImageSize(9, 10)).Tensor.ToArray<float>());
        Assert.Equal([-4, 3, 8, 9, 10, 15, 40, 90, 16, 27, 17, 36], boxes.Scale(3, 2).Tensor.ToArray<float>());
        Assert.Equal([0, 1], boxes.LargerThan(2).ToArray<long>());
        Assert.Equal([5, 5, 20, 30], boxes.Select(Tensor.From([1L], 1)).Tensor.ToArray<float>());
    }

    [Fact]
    public void Single_boxes_come_back_as_they_went()
    {
        using var scope = new TensorScope();
        Box[] single = [new(1, 2, 3.5, 4), new(0, 0, 10, 20)];
        Assert.Equal(single, Boxes.From(single).ToArray());
        Assert.Empty(Boxes.From([]).ToArray());
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void Overlaps_agree_with_torchvision(DType type)
    {
        using var scope = new TensorScope();
        Boxes a = new(Tensor.From(OpsGoldens.Boxes(3, 100, 80, 6), 3, 4).To(type)),
            b = new(Tensor.From(OpsGoldens.Boxes(4, 100, 80, 7), 4, 4).To(type));
        OpsGoldens.AssertClose(OpsGoldens.Get("iou").Floats(), a.Iou(b).To(DType.Float32).ToArray<float>(), 1e-6);
        OpsGoldens.AssertClose(OpsGoldens.Get("giou").Floats(), a.GeneralizedIou(b).To(DType.Float32).ToArray<float>(), 1e-6);
        Boxes firstThree = b.Select(Tensor.Arange(0, 3));
        OpsGoldens.AssertClose([.. new[] { 0, 5, 10 }.Select(i => OpsGoldens.Get("giou").Floats()[i])],
            a.PairedGeneralizedIou(firstThree).To(DType.Float32).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Generalized_overlap_has_the_gradient_of_finite_differences()
    {
        using var scope = new TensorScope();
        Boxes fixedBoxes = Of(0, 0, 4, 4, 10, 10, 12, 15);
        double[] edges = [1, 2, 5, 7, 0, 1, 3, 4];
        Tensor moving = Tensor.From(edges, 2, 4);
        moving.RequiresGrad = true;
        new Boxes(moving).PairedGeneralizedIou(new Boxes(fixedBoxes.Tensor.To(DType.Float64))).Sum().Backward();
        double[] gradient = moving.Grad!.ToArray<double>();
        for (int i = 0; i < edges.Length; i++)
        {
            double[] up = [.. edges], down = [.. edges];
            up[i] += 1e-6;
            down[i] -= 1e-6;
            Assert.Equal((Sum(up) - Sum(down)) / 2e-6, gradient[i], 1e-6);
        }

        double Sum(double[] e) => new Boxes(Tensor.From(e, 2, 4)).PairedGeneralizedIou(new Boxes(fixedBoxes.Tensor.To(DType.Float64)))
            .Sum().Item();
    }

    [Fact]
    public void Tensors_that_are_no_boxes_are_refused()
    {
        using var scope = new TensorScope();
        Assert.Contains("N x 4", Assert.Throws<ArgumentException>(() => new Boxes(Tensor.Zeros([2, 5]))).Message);
        Assert.Throws<ArgumentException>(() => new Boxes(Tensor.Zeros([2, 4], DType.Int64)));
        Assert.Throws<ArgumentException>(() => Of(0, 0, 1, 1).PairedGeneralizedIou(Of()));
    }
}
