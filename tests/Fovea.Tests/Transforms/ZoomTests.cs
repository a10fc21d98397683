using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class ZoomTests
{
    private static readonly ImageSize Size = new(4, 6);
    private SampleRandom _random = new(1);

    private static Sample Sample => TestSamples.Of(TestSamples.Gradient(4, 6), TestSamples.Filled(Size, 2, 1, 5, 3, new Keypoint(3, 2, 2), new Keypoint(0, 0, 0)));

    [Fact]
    public void One_to_one_in_the_same_frame_changes_nothing()
    {
        Sample same = new RandomZoom(size => size, 1, 1).Apply(Sample, ref _random);
        Assert.Equal(Sample.Image.Pixels, same.Image.Pixels);
        Assert.Equal(Sample.Annotations[0].Box, same.Annotations[0].Box);
    }

    [Fact]
    public void A_smaller_picture_lies_on_the_mean_colour_with_all_that_is_in_it()
    {
        Sample zoomed = new RandomZoom(_ => new ImageSize(8, 12), 0.5, 0.5).Apply(Sample, ref _random);   // 4 x 6 somewhere in 8 x 12
        Annotation a = zoomed.Annotations.Single();
        int left = (int)a.Box.X1 - 2, top = (int)a.Box.Y1 - 1;
        Assert.Equal(new Box(2 + left, 1 + top, 5 + left, 3 + top), a.Box);
        Assert.Equal(a.Box, a.Mask!.BoundingBox());
        Assert.Equal([new(3 + left, 2 + top, 2), new(0, 0, 0)], a.Keypoints);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 12; x++)
            {
                bool inside = y >= top && y < top + 4 && x >= left && x < left + 6;
                byte[] pixel = zoomed.Image.Pixels[((y * 12 + x) * 3)..((y * 12 + x) * 3 + 3)];
                Assert.Equal(inside ? [(byte)(y - top), (byte)(x - left), 7] : [124, 116, 104], pixel);
                Assert.Equal(inside ? Sample.Labels![y - top, x - left] : SegmentationMap.Ignore, zoomed.Labels![y, x]);
            }
    }

    [Fact]
    public void A_larger_picture_is_cut_to_the_frame()
    {
        for (int i = 0; i < 20; i++)
        {
            Sample zoomed = new RandomZoom(size => size, 2, 2).Apply(Sample, ref _random);
            Assert.Equal(Size, zoomed.Image.Size);
            foreach (Annotation a in zoomed.Annotations)
            {
                Assert.Equal(a.Box, a.Box.Clip(Size));
                Assert.False(a.Box.IsEmpty);
            }
        }
    }

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 11)]
    [InlineData(double.NaN, 1)]
    public void Factors_out_of_range_are_told(double least, double most) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomZoom(size => size, least, most));
}
