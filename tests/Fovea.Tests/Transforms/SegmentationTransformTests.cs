using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

/// <summary>Transforms of pictures with labels. The picture is (y, x, 7) and the label y XOR x, so the two can be compared.</summary>
public class SegmentationTransformTests
{
    private static readonly Rgb Ground = new(124, 116, 104);
    private SampleRandom _random = new(3);

    private static Sample Sample(int height = 12, int width = 20) => TestSamples.Of(TestSamples.Gradient(height, width));

    private static (byte, byte, byte) Pixel(Image image, int y, int x)
    {
        ReadOnlySpan<byte> pixel = image.Pixels.AsSpan((y * image.Width + x) * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    /// <summary>Every pixel is the ground and ignored, or its label is that of the pixel whose colour it has.</summary>
    private static int ExpectTogether(Sample sample)
    {
        int inside = 0;
        for (int y = 0; y < sample.Image.Height; y++)
            for (int x = 0; x < sample.Image.Width; x++)
            {
                (byte red, byte green, byte blue) = Pixel(sample.Image, y, x);
                bool isGround = sample.Labels![y, x] == SegmentationMap.Ignore;
                Assert.Equal(isGround ? (Ground.R, Ground.G, Ground.B) : (red, green, (byte)7), (red, green, blue));
                if (isGround) continue;
                inside++;
                Assert.Equal((byte)(red ^ green), sample.Labels[y, x]);
            }
        return inside;
    }

    [Fact]
    public void A_scaled_crop_of_scale_one_cuts_pixels_and_labels_at_one_place()
    {
        HashSet<(byte, byte, byte)> corners = [];
        for (int i = 0; i < 60; i++)
        {
            Sample crop = new RandomScaledCrop(new ImageSize(10, 18), 1, 1).Apply(Sample(), ref _random);
            Assert.Equal(new ImageSize(10, 18), crop.Image.Size);
            Assert.Equal(crop.Image.Size, crop.Labels!.Size);
            Assert.Equal(180, ExpectTogether(crop));
            corners.Add(Pixel(crop.Image, 0, 0));
        }
        Assert.Equal(9, corners.Count); // every place, the last ones included
    }

    [Fact]
    public void A_scaled_crop_larger_than_the_picture_lies_on_the_mean_colour_and_is_ignored_there()
    {
        HashSet<int> places = [];
        for (int i = 0; i < 40; i++)
        {
            Sample crop = new RandomScaledCrop(new ImageSize(14, 16), 1, 1).Apply(Sample(), ref _random); // higher, but narrower
            Assert.Equal(12 * 16, ExpectTogether(crop));
            places.Add(Enumerable.Range(0, 14).First(y => crop.Labels![y, 0] != SegmentationMap.Ignore));
        }
        Assert.Equal([0, 1, 2], places.Order());
    }

    [Fact]
    public void Scaling_is_what_resizing_the_cut_part_gives_and_labels_take_the_nearest_pixel()
    {
        Sample whole = new RandomScaledCrop(new ImageSize(24, 40), 2, 2).Apply(Sample(), ref _random);
        Assert.Equal(Sample().Image.Resize(new ImageSize(24, 40)).Pixels, whole.Image.Pixels);
        for (int y = 0; y < 24; y++)
            for (int x = 0; x < 40; x++) Assert.Equal((byte)(y / 2 ^ x / 2), whole.Labels![y, x]);

        Sample part = new RandomScaledCrop(new ImageSize(8, 8), 2, 2).Apply(Sample(64, 64), ref _random);
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++)
            {
                (byte red, byte green, _) = Pixel(part.Image, y, x); // half way between two pixels: either is nearest
                Assert.Contains(part.Labels![y, x], from r in (int[])[red - 1, red, red + 1] from g in (int[])[green - 1, green, green + 1]
                    select (byte)(r ^ g));
            }
        Sample half = new RandomScaledCrop(new ImageSize(12, 20), 0.5, 0.5).Apply(Sample(), ref _random);
        Assert.Equal(6 * 10, half.Labels!.Labels.Count(label => label != SegmentationMap.Ignore));
    }

    [Fact]
    public void The_scale_is_drawn_from_the_whole_range_and_the_stream_alone_decides()
    {
        var transform = new RandomScaledCrop(new ImageSize(40, 40));
        HashSet<int> heights = [];
        for (ulong seed = 0; seed < 100; seed++)
        {
            SampleRandom a = new(seed), b = new(seed);
            Sample first = transform.Apply(Sample(), ref a), second = transform.Apply(Sample(), ref b);
            Assert.Equal(first.Image.Pixels, second.Image.Pixels);
            Assert.Equal(first.Labels!.Labels, second.Labels!.Labels);
            heights.Add(Enumerable.Range(0, 40).Count(y =>
                first.Labels.Labels.AsSpan(y * 40, 40).ContainsAnyExcept(SegmentationMap.Ignore)));
        }
        Assert.Equal((6, 24), (heights.Min(), heights.Max()));
    }

    [Fact]
    public void A_quarter_turn_moves_every_pixel_exactly()
    {
        Sample square = Sample(9, 9), turned = RandomRotation.Turn(square, 90, Ground);
        for (int y = 0; y < 9; y++)
            for (int x = 0; x < 9; x++)
            {
                Assert.Equal(Pixel(square.Image, x, 8 - y), Pixel(turned.Image, y, x)); // counterclockwise: the right side comes up
                Assert.Equal(square.Labels![x, 8 - y], turned.Labels![y, x]);
            }
        Assert.Equal(81, ExpectTogether(RandomRotation.Turn(square, 180, Ground)));
        Sample flat = RandomRotation.Turn(Sample(4, 8), 90, Ground); // 4 x 4 of it stay in the frame
        Assert.Equal(16, ExpectTogether(flat));
    }

    [Fact]
    public void A_slight_turn_interpolates_the_picture_and_keeps_labels_whole()
    {
        Sample turned = RandomRotation.Turn(Sample(40, 40), 10, Ground);
        Assert.Equal(SegmentationMap.Ignore, turned.Labels![0, 0]);
        Assert.Equal((Ground.R, Ground.G, Ground.B), Pixel(turned.Image, 0, 0));
        (double sine, double cosine) = Math.SinCos(Math.PI / 18);
        for (int y = 12; y < 28; y++)
            for (int x = 12; x < 28; x++)
            {
                double dx = x - 19.5, dy = y - 19.5, sourceX = 19.5 + cosine * dx - sine * dy, sourceY = 19.5 + sine * dx + cosine * dy;
                (byte red, byte green, byte blue) = Pixel(turned.Image, y, x); // the picture is linear, so interpolation is exact
                Assert.Equal(7, blue);
                Assert.InRange(red - sourceY, -0.51, 0.51);
                Assert.InRange(green - sourceX, -0.51, 0.51);
                Assert.Equal((int)Math.Round(sourceX) ^ (int)Math.Round(sourceY), turned.Labels[y, x]);
            }
    }

    [Fact]
    public void An_elastic_deformation_without_deviation_changes_nothing()
    {
        Sample same = new ElasticDeformation(0).Apply(Sample(), ref _random);
        Assert.Equal(Sample().Image.Pixels, same.Image.Pixels);
        Assert.Equal(Sample().Labels!.Labels, same.Labels!.Labels);
    }

    [Fact]
    public void An_elastic_deformation_moves_labels_with_the_picture_smoothly_and_by_its_deviation()
    {
        double squares = 0;
        int count = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            var random = new SampleRandom(seed);
            Sample bent = new ElasticDeformation(4).Apply(Sample(120, 120), ref random);
            (byte red, byte green, _) = Pixel(bent.Image, 60, 60); // beside the grid's middle point, which moves by the deviation
            squares += (red - 60) * (red - 60) + (green - 60) * (green - 60);
            count += 2;
            for (int x = 31; x < 90; x++)
            {
                (byte y0, byte x0, _) = Pixel(bent.Image, 60, x - 1);
                (byte y1, byte x1, _) = Pixel(bent.Image, 60, x);
                Assert.InRange(x1 - x0, 0, 3);
                Assert.InRange(y1 - y0, -2, 2);
                Assert.Contains(bent.Labels![60, x], from r in (int[])[y1 - 1, y1, y1 + 1] from g in (int[])[x1 - 1, x1, x1 + 1]
                    select (byte)(r ^ g));
            }
        }
        Assert.InRange(Math.Sqrt(squares / count), 3, 5);
    }

    [Fact]
    public void Annotated_objects_and_wrong_values_are_refused()
    {
        Sample boxed = TestSamples.Of(TestSamples.Gradient(4, 6), TestSamples.Boxed(0, 0, 2, 2));
        Transform[] all = [new RandomScaledCrop(new ImageSize(2, 2)), new RandomRotation(5), new ElasticDeformation()];
        foreach (Transform transform in all)
            Assert.Contains("has 1 annotated objects, which it does not move",
                Assert.Throws<ArgumentException>(() => transform.Apply(boxed, ref _random)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomScaledCrop(new ImageSize(0, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomScaledCrop(new ImageSize(2, 2), 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomRotation(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ElasticDeformation(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ElasticDeformation(1, 1));
    }

    [Fact]
    public void Pictures_of_one_pixel_and_without_labels_work()
    {
        Sample one = Sample(1, 1) with { Labels = null };
        Transform[] all = [new RandomRotation(45), new ElasticDeformation(0), new RandomScaledCrop(new ImageSize(1, 1))];
        foreach (Transform transform in all)
        {
            Sample result = transform.Apply(one, ref _random);
            Assert.Equal(new ImageSize(1, 1), result.Image.Size);
            Assert.Null(result.Labels);
        }
    }
}
