using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Detection;

public class DetectionTargetTests
{
    private static Annotation Object(Box box, int category = 0, bool crowd = false) =>
        new() { Box = box, Category = category, IsCrowd = crowd };

    [Fact]
    public void Boxes_move_into_the_batch_and_labels_start_at_one()
    {
        using var scope = new TensorScope();
        DetectionTarget target = DetectionTarget.From([Object(new(10, 20, 30, 40), 4), Object(new(0, 0, 100, 50))],
            original: new ImageSize(100, 200), resized: new ImageSize(50, 400));
        Assert.Equal([20, 10, 60, 20, 0, 0, 200, 25], target.Boxes.ToArray<float>());
        Assert.Equal([5, 1], target.Labels.ToArray<long>());
    }

    [Fact]
    public void Crowds_are_left_out_and_a_picture_may_have_no_object()
    {
        using var scope = new TensorScope();
        DetectionTarget target = DetectionTarget.From([Object(new(10, 20, 30, 40), 4, crowd: true)], new(100, 200), new(100, 200));
        Assert.Equal([0, 4], target.Boxes.Shape);
        Assert.Equal([0], target.Labels.Shape);
        Assert.Equal((DType.Float32, DType.Int64), (target.Boxes.DType, target.Labels.DType));
    }

    [Theory]
    [InlineData(5, 5, 5, 9)]                                  // no width
    [InlineData(5, 9, 8, 6)]                                  // reversed
    [InlineData(double.NaN, 5, 8, 9)]
    [InlineData(0, 0, double.PositiveInfinity, 9)]
    [InlineData(1e8, 5, 1e8 + 1, 9)]                          // no width as float32
    public void A_box_without_area_is_refused(double x1, double y1, double x2, double y2)
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<ArgumentException>(() =>
            DetectionTarget.From([Object(new(x1, y1, x2, y2))], new(100, 200), new(50, 100)));
        Assert.Contains("must have an area", error.Message);
    }
}
