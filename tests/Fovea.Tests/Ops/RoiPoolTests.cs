using System.Text.Json;
using Fovea.Ops;
using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class RoiPoolTests
{
    [Theory, InlineData(0, DType.Float32), InlineData(1, DType.Float32), InlineData(0, DType.Float64), InlineData(1, DType.Float64)]
    public void Kernel_and_composition_agree_with_torchvision_and_carry_its_gradient(int index, DType type)
    {
        JsonElement g = Get("pool")[index];
        RoiShape s = new(g.Int("n"), g.Int("c"), g.Int("h"), g.Int("w"), g.Int("r"), g.Int("ph"), g.Int("pw"));
        using var scope = new TensorScope();
        Tensor features = Tensor.From(Fill(s.Images * s.Channels * s.Height * s.Width, 1), s.Images, s.Channels, s.Height, s.Width)
            .To(type);
        features.RequiresGrad = true;
        float scale = g.Float("scale");
        Tensor rois = Tensor.From(Rois(s.Regions, s.Images, s.Width / scale, s.Height / scale, 2), s.Regions, 5);
        Tensor pooled = RoiPool.Forward(features, rois, s.PooledHeight, s.PooledWidth, scale);
        Assert.Equal(g.GetProperty("out").Floats(), pooled.To(DType.Float32).ToArray<float>());
        pooled.Backward(Tensor.From(Fill((int)pooled.Numel, 3), pooled.Shape).To(type));
        AssertClose(g.GetProperty("grad").Floats(), features.Grad!.To(DType.Float32).ToArray<float>(), 1e-6);
    }

    [Theory, InlineData(1.0), InlineData(0.5), InlineData(0.3)]
    public void The_composition_agrees_with_the_kernel_on_regions_in_and_out_of_the_map(double scale)
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.From(Fill(2 * 17 * 9 * 13, 1), 2, 17, 9, 13);
        float[] wild = [0, -20, -20, 5, 5, 1, 6, 4, 50, 30, 0, 3, 3, 2, 1, 1, 100, 100, 120, 120, 0, float.NaN, 1, 2, 3, 0, 2.5f, 3.5f,
            7.5f, 8.5f, 1, -2.5f, -0.5f, 5, 5];
        Tensor rois = Tensor.Cat([Tensor.From(Rois(20, 2, 13, 9, 2), 20, 5), Tensor.From(wild, 7, 5)]);
        Tensor composed = RoiPoolComposition.Forward(map, rois, new RoiShape(2, 17, 9, 13, 27, 3, 2), scale);
        Assert.Equal(RoiPool.Forward(map, rois, 3, 2, scale).ToArray<float>(), composed.ToArray<float>());
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void No_regions_give_an_empty_result(DType type)
    {
        using var scope = new TensorScope();
        Assert.Equal([0, 3, 7, 7], RoiPool.Forward(Tensor.Zeros([1, 3, 4, 4], type), Tensor.Zeros([0, 5]), 7, 7, 1).Shape);
        Assert.Contains("image",
            Assert.Throws<ArgumentException>(() => RoiPool.Forward(Tensor.Zeros([1, 3, 4, 4], type), Tensor.Ones([1, 5]), 7, 7, 1))
                .Message);
    }
}
