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

    /// <summary>One channel, convolutions that pass their middle on: a level is the ReLU of its map, doubled by the sum with the enlarged
    /// level above, which stays as it was given. By hand along a line: 0 and 8 become 0, 2, 6 and 8.</summary>
    [Fact]
    public void Pyramids_for_parsing_add_bilinearly_enlarged_levels()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var pyramid = new FeaturePyramid([1], 1, kind: FeaturePyramidKind.Parsing);
        pyramid.Train(false);
        foreach ((_, Tensor parameter) in pyramid.NamedParameters())
        {
            if (parameter.Dim != 4) continue;
            parameter.FillInPlace(0);
            parameter[.., .., (int)parameter.Size(2) / 2, (int)parameter.Size(3) / 2].FillInPlace(1);
        }
        Tensor fine = Tensor.From<float>([-3, 1, 1, 1, -3, 1, 1, 1], 1, 1, 2, 4), top = Tensor.From<float>([0, 8], 1, 1, 1, 2);
        Tensor[] levels = pyramid.Forward([fine, top]);
        Assert.Equal(2, levels.Length);
        AssertClose([0, 3, 7, 9, 0, 3, 7, 9], Values32(levels[0]), 1e-3);
        AssertClose([0, 8], Values32(levels[1]), 0);
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
