using System.Text.Json;
using Fovea.Layers;
using Fovea.Tests.Training;
using Fovea.Torch;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Layers;

public class FeaturePyramidTests
{
    [Fact]
    public void Levels_and_gradients_are_torchvisions()
    {
        using var scope = new TensorScope();
        using FeaturePyramid pyramid = Weighed(new FeaturePyramid([2, 3], 4));
        Tensor c2 = Filled(1, 1, 2, 5, 6), c3 = Filled(2, 1, 3, 3, 3);
        (c2.RequiresGrad, c3.RequiresGrad) = (true, true);
        Tensor[] levels = pyramid.Forward([c2, c3]);
        JsonElement golden = Golden("pyramid");
        AssertClose(golden.GetProperty("levels").Floats(), Values32(levels), 1e-5);
        levels.Select((level, i) => (level * Filled(3 + i, level.Shape)).Sum()).Aggregate((a, b) => a + b).Backward();
        AssertClose(golden.GetProperty("gradients").Floats(), Values32(c2.Grad!, c3.Grad!), 1e-5);
    }

    [Fact]
    public void Prediction_gives_the_levels_of_training()
    {
        using var scope = new TensorScope();
        using FeaturePyramid pyramid = Weighed(new FeaturePyramid([2, 3], 4));
        Tensor[] features = [Filled(1, 1, 2, 5, 6), Filled(2, 1, 3, 3, 3)];
        float[] trained = Values32(pyramid.Forward(features));
        pyramid.Train(false);
        using var noGrad = new NoGrad();
        AssertClose(trained, Values32(pyramid.Forward(features)), 1e-5);
        Assert.Equal(Fill(60, 1), features[0].ToArray<float>());      // sums are made in place, but never in what was given
    }

    [Fact]
    public void The_last_level_is_every_second_pixel_of_the_one_before()
    {
        using var scope = new TensorScope();
        using FeaturePyramid pyramid = Weighed(new FeaturePyramid([2], 1));
        Tensor[] levels = pyramid.Forward([Filled(1, 1, 2, 3, 4)]);
        float[] p5 = levels[0].ToArray<float>();
        Assert.Equal([1, 1, 2, 2], levels[1].Shape);
        Assert.Equal([p5[0], p5[2], p5[8], p5[10]], levels[1].ToArray<float>());
    }
}

public class PyramidBackboneTests
{
    [Theory, InlineData(32, 32), InlineData(32, 96)]
    public void A_picture_no_larger_than_the_coarsest_stride_has_a_pixel_on_every_level(int height, int width)
    {
        using var scope = new TensorScope();
        using var backbone = new PyramidBackbone(new TinyBackbone(), 4);
        Tensor[] levels = backbone.Forward(Tensor.Ones([2, 3, height, width]));
        Assert.Equal(backbone.Levels, levels.Length);
        int[] strides = [4, 8, 16, 32, 64];
        Assert.All(levels.Zip(strides), pair =>
            Assert.Equal([2, 4, (height + pair.Second - 1) / pair.Second, (width + pair.Second - 1) / pair.Second], pair.First.Shape));
    }
}
