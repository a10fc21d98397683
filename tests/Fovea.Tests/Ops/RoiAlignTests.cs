using System.Text.Json;
using Fovea.Ops;
using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class RoiAlignTests
{
    [Theory, InlineData(0, DType.Float32), InlineData(1, DType.Float32), InlineData(2, DType.Float32), InlineData(0, DType.Float64),
        InlineData(1, DType.Float64), InlineData(2, DType.Float64)]
    public void Kernel_and_composition_agree_with_torchvision_and_carry_its_gradient(int index, DType type)
    {
        JsonElement g = Get("align")[index];
        RoiShape s = new(g.Int("n"), g.Int("c"), g.Int("h"), g.Int("w"), g.Int("r"), g.Int("ph"), g.Int("pw"));
        using var scope = new TensorScope();
        Tensor features = Tensor.From(Fill(s.Images * s.Channels * s.Height * s.Width, 1), s.Images, s.Channels, s.Height, s.Width)
            .To(type);
        features.RequiresGrad = true;
        float scale = g.Float("scale");
        Tensor rois = Tensor.From(Rois(s.Regions, s.Images, s.Width / scale, s.Height / scale, 2), s.Regions, 5);
        Tensor pooled =
            RoiAlign.Forward(features, rois, s.PooledHeight, s.PooledWidth, scale, g.Int("ratio"), g.GetProperty("aligned").GetBoolean());
        Assert.Equal(type, pooled.DType);
        AssertClose(g.GetProperty("out").Floats(), pooled.To(DType.Float32).ToArray<float>(), 1e-6);
        pooled.Backward(Tensor.From(Fill((int)pooled.Numel, 3), pooled.Shape).To(type));
        AssertClose(g.GetProperty("grad").Floats(), features.Grad!.To(DType.Float32).ToArray<float>(), 1e-6);
    }

    [Theory]
    [InlineData(2, false, 1.0), InlineData(0, false, 0.25), InlineData(0, true, 0.5), InlineData(3, true, 1.0)]
    public void The_composition_agrees_with_the_kernel_on_regions_in_and_out_of_the_map(int ratio, bool aligned, double scale)
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.From(Fill(2 * 17 * 9 * 13, 1), 2, 17, 9, 13);
        float[] wild = [0, -20, -20, 5, 5, 1, 6, 4, 50, 30, 0, 3, 3, 2, 1, 1, 100, 100, 120, 120, 0, float.NaN, 1, 2, 3, 1, 0, 0,
            float.PositiveInfinity, 4, 0, 2, 2, 2, 2];
        Tensor rois = Tensor.Cat([Tensor.From(Rois(20, 2, 13, 9, 2), 20, 5), Tensor.From(wild, 7, 5)]);
        Tensor kernel = RoiAlign.Forward(map, rois, 3, 2, scale, ratio, aligned);
        Tensor composed = RoiAlignComposition.Forward(map, rois, new RoiShape(2, 17, 9, 13, 27, 3, 2), scale, ratio, aligned);
        AssertClose(kernel.ToArray<float>(), composed.ToArray<float>(), 2e-6);
    }

    [Fact]
    public void Half_precision_features_are_summed_in_single_precision()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.From(Fill(8 * 9 * 13, 1), 1, 8, 9, 13).To(DType.BFloat16), rois = Tensor.From(Rois(5, 1, 13, 9, 2), 5, 5);
        Tensor expected = RoiAlign.Forward(map.To(DType.Float32), rois, 2, 2, 1).To(DType.BFloat16);
        Tensor pooled = RoiAlign.Forward(map, rois, 2, 2, 1);
        Assert.Equal(DType.BFloat16, pooled.DType);
        AssertClose(expected.To(DType.Float32).ToArray<float>(), pooled.To(DType.Float32).ToArray<float>(), 1 / 128.0);
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void No_regions_give_an_empty_result(DType type)
    {
        using var scope = new TensorScope();
        Tensor pooled = RoiAlign.Forward(Tensor.Zeros([1, 3, 4, 4], type), Tensor.Zeros([0, 5]), 7, 7, 1);
        Assert.Equal([0, 3, 7, 7], pooled.Shape);
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void Arguments_that_do_not_fit_are_refused(DType type)
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Zeros([1, 3, 4, 4], type);
        Assert.Contains("R x 5", Assert.Throws<ArgumentException>(() => RoiAlign.Forward(map, Tensor.Zeros([2, 4]), 7, 7, 1)).Message);
        Assert.Contains("N x C x H x W",
            Assert.Throws<ArgumentException>(() => RoiAlign.Forward(map[0], Tensor.Zeros([2, 5]), 7, 7, 1)).Message);
        Assert.Contains("image", Assert.Throws<ArgumentException>(() => RoiAlign.Forward(map, Tensor.Ones([1, 5]), 7, 7, 1)).Message);
        Assert.Contains("positive", Assert.Throws<ArgumentException>(() => RoiAlign.Forward(map, Tensor.Zeros([1, 5]), 0, 7, 1)).Message);
    }
}
