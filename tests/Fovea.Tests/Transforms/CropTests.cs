using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class CropTests
{
    private static readonly ImageSize Size = new(10, 20);
    private SampleRandom _random = new(1);

    private static Sample Crop(int top, int left, int height, int width, double leastVisible, params Annotation[] annotations) =>
        Motion.Crop(TestSamples.Of(TestSamples.Gradient(10, 20), annotations), top, left, new ImageSize(height, width), leastVisible);

    [Fact]
    public void An_object_inside_is_moved_only()
    {
        Sample cropped = Crop(2, 3, 6, 12, 0.25, TestSamples.Filled(Size, 4, 3, 9, 6, new Keypoint(5.5, 4, 1)));
        Annotation a = Assert.Single(cropped.Annotations);
        Assert.Equal(new Box(1, 1, 6, 4), a.Box);
        Assert.Equal(a.Box, a.Mask!.BoundingBox());
        Assert.Equal(15, a.Area);
        Assert.Equal(new Keypoint(2.5, 2, 1), a.Keypoints[0]);
        Assert.Equal([2, 3, 7], cropped.Image.Pixels[..3]);
        Assert.Equal(2 ^ 3, cropped.Labels![0, 0]);
    }

    [Fact]
    public void A_cut_box_is_clipped_and_loses_the_points_outside()
    {
        Sample cropped = Crop(0, 6, 10, 10, 0.25, TestSamples.Filled(Size, 4, 3, 9, 6, new Keypoint(5.9, 4, 2), new Keypoint(6, 4, 2)));
        Annotation a = Assert.Single(cropped.Annotations);
        Assert.Equal(new Box(0, 3, 3, 6), a.Box);
        Assert.Equal(9, a.Area);
        Assert.Equal([new(0, 0, 0), new(0, 4, 2)], a.Keypoints);
    }

    [Theory]
    [InlineData(0.2, true)]     // two of ten columns are left
    [InlineData(0.21, false)]
    public void Objects_with_too_little_left_are_dropped(double least, bool kept)
    {
        Annotation box = TestSamples.Boxed(0, 2, 10, 6), masked = TestSamples.Filled(Size, 0, 2, 10, 6);
        Assert.Equal(kept ? 2 : 0, Crop(0, 8, 10, 12, least, box, masked).Annotations.Count);
    }

    [Fact]
    public void The_mask_decides_the_share_and_the_box_follows_what_is_left_of_it()
    {
        // An L: a column of 10 pixels at the left, and a foot of 10 pixels at the bottom. The crop cuts the column off.
        var pixels = new byte[200];
        for (int y = 0; y < 10; y++) pixels[y * 20 + 2] = 1;
        for (int x = 3; x < 13; x++) pixels[9 * 20 + x] = 1;
        var mask = RunLengthMask.FromBitmap(new Mask(Size, pixels));
        var corner = new Annotation { Box = new Box(2, 0, 13, 10), Category = 0, Area = 20, Mask = mask };
        Annotation a = Assert.Single(Crop(0, 3, 10, 17, 0.5, corner).Annotations);
        Assert.Equal(new Box(0, 9, 10, 10), a.Box);
        Assert.Equal(10, a.Area);
        Assert.Empty(Crop(0, 3, 10, 17, 0.51, corner).Annotations);        // 91% of the box, but half of the mask
    }

    [Fact]
    public void Crowd_regions_stay_and_slivers_go()
    {
        Annotation sliver = TestSamples.Boxed(0, 2, 10.5, 6), crowd = TestSamples.Boxed(0, 2, 12, 6) with { IsCrowd = true };
        Annotation a = Assert.Single(Crop(0, 10, 10, 10, 0, sliver).Annotations.Concat(Crop(0, 10, 10, 10, 0.9, crowd).Annotations));
        Assert.True(a.IsCrowd);
        Assert.Equal(new Box(0, 2, 2, 6), a.Box);
        Assert.Empty(Crop(0, 10, 10, 10, 0, TestSamples.Boxed(1, 1, 4, 4)).Annotations);
    }

    [Fact]
    public void The_crop_has_its_size_and_finds_the_object()
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(60, 60), TestSamples.Boxed(2, 2, 8, 8));
        var crop = new RandomCrop(new ImageSize(30, 30), 0.25, attempts: 1000);
        for (int i = 0; i < 40; i++)
        {
            Sample cropped = crop.Apply(sample, ref _random);
            Assert.Equal(new ImageSize(30, 30), cropped.Image.Size);
            Assert.Single(cropped.Annotations);
        }
        Assert.Equal(new ImageSize(60, 20), new RandomCrop(new ImageSize(90, 20)).Apply(sample, ref _random).Image.Size);
        Assert.Same(sample, new RandomCrop(new ImageSize(90, 90)).Apply(sample, ref _random));
    }

    [Fact]
    public void Wrong_parameters_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCrop(new ImageSize(0, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCrop(Size, -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCrop(Size, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCrop(Size, 0.5, 0));
    }
}
