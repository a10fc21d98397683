using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class BoxCoderTests
{
    private static readonly BoxCoder Coder = new(10, 10, 5, 5);

    [Fact]
    public void A_box_twice_as_wide_and_shifted_by_half_a_width()
    {
        using var scope = new TensorScope();
        Tensor region = Tensor.From([10f, 10, 20, 20], 1, 4), box = Tensor.From([10f, 10, 30, 20], 1, 4);
        AssertClose([5, 0, 5 * MathF.Log(2), 0], Coder.Encode(box, region).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Agrees_with_torchvision_including_codes_that_are_cut_off()
    {
        using var scope = new TensorScope();
        Tensor boxes = Tensor.From(Boxes(5, 100, 80, 8), 5, 4), regions = Tensor.From(Boxes(5, 100, 80, 9), 5, 4);
        AssertClose(Get("coder").GetProperty("encoded").Floats(), Coder.Encode(boxes, regions).ToArray<float>(), 1e-6);
        Tensor deltas = Tensor.From([.. Fill(40, 10).Select(v => v * 30)], 5, 8);
        AssertClose(Get("coder").GetProperty("decoded").Floats(), Coder.DecodePerClass(deltas, regions).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Decoding_undoes_encoding()
    {
        using var scope = new TensorScope();
        Tensor boxes = Tensor.From(Boxes(50, 100, 80, 1), 50, 4), regions = Tensor.From(Boxes(50, 100, 80, 2), 50, 4);
        AssertClose(boxes.ToArray<float>(), Coder.Decode(Coder.Encode(boxes, regions), regions).ToArray<float>(), 1e-5);
    }

    [Fact]
    public void Decoding_has_the_gradient_of_finite_differences()
    {
        using var scope = new TensorScope();
        Tensor regions = Tensor.From(Boxes(2, 100, 80, 2), 2, 4).To(DType.Float64),
            weights = Tensor.From(Fill(16, 3), 2, 2, 4).To(DType.Float64);
        GradientCheck.Run(deltas => Coder.DecodePerClass(deltas, regions) * weights, [.. Fill(16, 4).Select(v => (double)v)], [2, 8], 1e-5);
    }

    [Fact]
    public void No_regions_give_no_boxes_and_shapes_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope();
        Assert.Equal([0, 4], Coder.Encode(Tensor.Zeros([0, 4]), Tensor.Zeros([0, 4])).Shape);
        Assert.Equal([0, 4], Coder.Decode(Tensor.Zeros([0, 4]), Tensor.Zeros([0, 4])).Shape);
        Assert.Equal([0, 3, 4], Coder.DecodePerClass(Tensor.Zeros([0, 12]), Tensor.Zeros([0, 4])).Shape);
        Assert.Throws<ArgumentException>(() => Coder.DecodePerClass(Tensor.Zeros([1, 6]), Tensor.Zeros([1, 4])));
        Assert.Throws<ArgumentException>(() => Coder.Encode(Tensor.Zeros([1, 4]), Tensor.Zeros([2, 4])));
        Assert.Throws<ArgumentException>(() => Coder.Encode(Tensor.Zeros([4]), Tensor.Zeros([4])));
    }
}
