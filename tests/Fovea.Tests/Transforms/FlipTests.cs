using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class FlipTests
{
    private static readonly ImageSize Size = new(4, 10);
    private SampleRandom _random = new(1);

    [Fact]
    public void Everything_is_mirrored_and_left_and_right_points_change_places()
    {
        Keypoint[] points = [new(2.5, 1, 2), new(3, 2, 2), new(0, 0, 0)];
        Sample sample = TestSamples.Of(TestSamples.Gradient(4, 10), TestSamples.Filled(Size, 2, 0, 5, 3, points));
        Sample flipped = new RandomHorizontalFlip(1, [(1, 2)]).Apply(sample, ref _random);
        Annotation a = flipped.Annotations[0];
        Assert.Equal(new Box(5, 0, 8, 3), a.Box);
        Assert.Equal(a.Box, a.Mask!.BoundingBox());
        Assert.Equal([new(7.5, 1, 2), new(0, 0, 0), new(7, 2, 2)], a.Keypoints);
        Assert.Equal(9, flipped.Image.Pixels[1]);
        Assert.Equal(sample.Labels![2, 0], flipped.Labels![2, 9]);
        Assert.Equal(new Box(2, 0, 5, 3), sample.Annotations[0].Box);      // the sample given stays as it was
    }

    [Fact]
    public void Twice_is_nothing_and_probability_zero_is_nothing()
    {
        Sample sample = new Scenes(3, 5).Load(1);
        var flip = new RandomHorizontalFlip(1, Skeleton.CocoPerson.MirrorPairs);
        Sample twice = new Compose(flip, flip).Apply(sample, ref _random);
        Assert.Equal(sample.Image.Pixels, twice.Image.Pixels);
        Assert.Equal(sample.Labels!.Labels, twice.Labels!.Labels);
        for (int i = 0; i < sample.Annotations.Count; i++)
        {
            Assert.Equal(sample.Annotations[i].Box, twice.Annotations[i].Box);
            Assert.Equal(sample.Annotations[i].Mask, twice.Annotations[i].Mask);
            Assert.All(sample.Annotations[i].Keypoints.Zip(twice.Annotations[i].Keypoints), pair =>
                Assert.Equal(pair.First.X, pair.Second.X, 1e-9));
        }
        Assert.Same(sample, new RandomHorizontalFlip(0).Apply(sample, ref _random));
    }

    [Fact]
    public void Wrong_parameters_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomHorizontalFlip(1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomHorizontalFlip(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomHorizontalFlip(0.5, [(0, -1)]));
        Sample sample = TestSamples.Of(TestSamples.Gradient(4, 10), TestSamples.Filled(Size, 2, 0, 5, 3, new Keypoint(3, 1, 2)));
        var flip = new RandomHorizontalFlip(1, [(0, 1)]);
        Assert.Contains("1 key points", Assert.Throws<ArgumentException>(() => flip.Apply(sample, ref _random)).Message);
    }
}
