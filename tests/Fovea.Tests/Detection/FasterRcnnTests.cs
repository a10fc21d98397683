using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Tests.Training;
using Fovea.Torch;

namespace Fovea.Tests.Detection;

public class FasterRcnnTests
{
    private static DetectionTarget Nothing => new(Tensor.Zeros([0, 4]), Tensor.Zeros([0], DType.Int64));

    private static ImageBatch Batch(FasterRcnn model, int count) => model.Transform.Batch(
        [.. Enumerable.Range(0, count).Select(n => new Image(new ImageSize(64, 64), new byte[64 * 64 * 3]))]);

    [Fact]
    public void Anchors_for_another_number_of_levels_are_refused_when_it_is_built()
    {
        var error = Assert.Throws<ArgumentException>(() => new FasterRcnn(new PyramidBackbone(new TinyBackbone(), 4), 3, new() { AnchorSizes = [8, 16] }));
        Assert.Contains("2 anchor sizes", error.Message);
        Assert.Contains("5 levels", error.Message);
    }

    [Fact]
    public void As_many_targets_as_pictures_are_needed()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using FasterRcnn model = TinyRun.Model();
        var error = Assert.Throws<ArgumentException>(() => model.ComputeLosses(Batch(model, 2), [Nothing], generator));
        Assert.Contains("2 pictures came with 1 targets", error.Message);
    }

    [Fact]
    public void Pictures_without_objects_have_finite_losses_and_none_for_boxes()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using FasterRcnn model = TinyRun.Model();
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(Batch(model, 2), [Nothing, Nothing], generator);
        Assert.All(losses.Values, loss => Assert.True(double.IsFinite(loss.Item())));
        Assert.Equal((0, 0), (losses["loss_box_reg"].Item(), losses["loss_rpn_box_reg"].Item()));
        losses.Values.Aggregate((sum, loss) => sum + loss).Backward();
    }
}
