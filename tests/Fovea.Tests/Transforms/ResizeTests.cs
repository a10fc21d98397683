using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class ResizeTests
{
    private static readonly ImageSize Size = new(10, 20);
    private SampleRandom _random = new(1);

    [Fact]
    public void Annotations_are_scaled_with_the_picture()
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(10, 20),
            TestSamples.Filled(Size, 4, 2, 8, 5, new Keypoint(6, 3, 2), new Keypoint(0, 0, 0)));
        Sample resized = new Resize(new ImageSize(20, 30)).Apply(sample, ref _random);
        Annotation a = resized.Annotations[0];
        Assert.Equal(new ImageSize(20, 30), resized.Image.Size);
        Assert.Equal(new Box(6, 4, 12, 10), a.Box);
        Assert.Equal(a.Box, a.Mask!.BoundingBox());
        Assert.Equal(36, a.Area);
        Assert.Equal([new(9, 6, 2), new(0, 0, 0)], a.Keypoints);
        Assert.Equal(sample.Labels![9, 19], resized.Labels![19, 29]);
        Assert.Equal(new ImageSize(10, 20), resized.Record.Size);           // the record still tells of the file
    }

    [Theory]
    [InlineData(480, 640, 800, 1333, 800, 1066)]
    [InlineData(640, 480, 800, 1333, 1066, 800)]
    [InlineData(300, 1200, 800, 1333, 333, 1333)]
    [InlineData(1, 4000, 800, 1333, 1, 1333)]
    public void The_shorter_side_rules_until_the_longer_one_meets_its_limit(int height, int width, int shorter, int longest,
        int newHeight, int newWidth)
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(height, width));
        Assert.Equal(new ImageSize(newHeight, newWidth), new ResizeShorterSide(longest, shorter).Apply(sample, ref _random).Image.Size);
    }

    [Fact]
    public void One_of_several_sides_is_drawn()
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(10, 20));
        var sides = new HashSet<int>();
        for (int i = 0; i < 40; i++) sides.Add(new ResizeShorterSide(100, 8, 12, 16).Apply(sample, ref _random).Image.Height);
        Assert.Equal([8, 12, 16], sides.Order());
    }

    [Fact]
    public void Scale_jitter_stays_in_its_range()
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(10, 20), TestSamples.Boxed(2, 2, 18, 8));
        var jitter = new ScaleJitter(new ImageSize(40, 40), 0.5, 1.5);
        int least = 100, most = 0;
        for (int i = 0; i < 200; i++)
        {
            Sample scaled = jitter.Apply(sample, ref _random);
            (least, most) = (Math.Min(least, scaled.Image.Width), Math.Max(most, scaled.Image.Width));
            Assert.Equal(0.9 * scaled.Image.Width, scaled.Annotations[0].Box.X2, 1e-9);
        }
        Assert.InRange(least, 20, 23);
        Assert.InRange(most, 57, 60);
    }

    [Fact]
    public void Wrong_parameters_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resize(new ImageSize(0, 5)));
        Assert.Throws<ArgumentException>(() => new ResizeShorterSide(100));
        Assert.Throws<ArgumentException>(() => new ResizeShorterSide(100, 101));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaleJitter(new ImageSize(10, 10), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaleJitter(new ImageSize(10, 10), 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaleJitter(new ImageSize(10, 10), double.NaN, 1));
    }
}
