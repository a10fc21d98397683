using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class VerticalFlipTests
{
    private SampleRandom _random = new(1);

    [Fact]
    public void Everything_is_turned_upside_down()
    {
        var size = new ImageSize(4, 10);
        Sample sample = TestSamples.Of(TestSamples.Gradient(4, 10), TestSamples.Filled(size, 2, 0, 5, 3, new Keypoint(2.5, 1, 2), new Keypoint(0, 0, 0)));
        Sample flipped = new RandomVerticalFlip(1).Apply(sample, ref _random);
        Annotation a = flipped.Annotations[0];
        Assert.Equal(new Box(2, 1, 5, 4), a.Box);
        Assert.Equal(a.Box, a.Mask!.BoundingBox());
        Assert.Equal([new(2.5, 3, 2), new(0, 0, 0)], a.Keypoints);
        Assert.Equal([3, 0, 7], flipped.Image.Pixels[..3]);
        Assert.Equal(sample.Labels![3, 4], flipped.Labels![0, 4]);
        Assert.Equal(new Box(2, 0, 5, 3), sample.Annotations[0].Box);      // the sample given stays as it was
    }

    [Fact]
    public void Twice_is_nothing_and_probability_zero_is_nothing()
    {
        Sample sample = new Scenes(1, 5, new ImageSize(40, 64)).Load(0);
        var flip = new RandomVerticalFlip(1);
        Sample twice = new Compose(flip, flip).Apply(sample, ref _random);
        Assert.Equal(sample.Image.Pixels, twice.Image.Pixels);
        Assert.Equal(sample.Annotations.Select(a => a.Box), twice.Annotations.Select(a => a.Box));
        Assert.Same(sample, new RandomVerticalFlip(0).Apply(sample, ref _random));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomVerticalFlip(-0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomVerticalFlip(double.NaN));
    }
}
