using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class MosaicTests
{
    // Dark pictures of several shapes, each with one object: a bright rectangle with its mask and a key point in its middle.
    private sealed class Rectangles : IDataset
    {
        public string Name => "rectangles";

        public IReadOnlyList<Category> Categories { get; } = [new(1, "none"), new(2, "rectangle")];

        public int Count => 9;

        public ImageRecord this[int index] => Load(index).Record;

        public Sample Load(int index)
        {
            var size = new ImageSize(60 + 10 * (index % 3), 100 - 10 * (index / 3));
            int x = 5 * index, y = 4 * index, width = 30, height = 24;
            Annotation annotation = TestSamples.Filled(size, x, y, x + width, y + height,
                new Keypoint(x + width / 2.0, y + height / 2.0, 2));
            var pixels = new byte[size.Pixels * 3];
            byte[] inside = annotation.Mask!.ToBitmap().Pixels;
            for (int i = 0; i < inside.Length; i++) pixels.AsSpan(3 * i, 3).Fill(inside[i] != 0 ? (byte)(200 + index) : (byte)(index + 1));
            return new Sample(new ImageRecord(index, $"{index}.png", size, [annotation]), new Image(size, pixels), [annotation]);
        }
    }

    private static readonly Mosaic Always = new(1, size => new ImageSize(size.Height * 2, size.Width * 2));

    private static Sample Make(int index, ulong seed)
    {
        var random = new SampleRandom(seed);
        return Always.Load(new Rectangles(), index, ref random);
    }

    [Fact]
    public void Boxes_masks_and_key_points_follow_the_pixels()
    {
        int objects = 0, points = 0;
        for (int index = 0; index < 9; index++)
            for (ulong seed = 0; seed < 10; seed++)
            {
                Sample mosaic = Make(index, seed);
                ImageSize size = mosaic.Image.Size;
                Assert.Equal(new ImageSize(2 * (60 + 10 * (index % 3)), 2 * (100 - 10 * (index / 3))), size);
                Assert.Equal(index, mosaic.Record.Id);
                foreach (Annotation a in mosaic.Annotations)
                {
                    objects++;
                    Assert.Equal(a.Box, a.Box.Clip(size));
                    Mask bitmap = a.Mask!.ToBitmap();
                    Assert.Equal(size, bitmap.Size);
                    Box mask = bitmap.BoundingBox();
                    Assert.True(mask.IoU(a.Box) > 0.85, $"{a.Box} around {mask}");
                    // Pixels inside, away from the blurred border, are the object's.
                    for (int y = (int)mask.Y1 + 2; y < mask.Y2 - 2; y++)
                        for (int x = (int)mask.X1 + 2; x < mask.X2 - 2; x++)
                            Assert.InRange(mosaic.Image.Pixels[3 * (y * size.Width + x)], 198, 210);
                    Keypoint point = Assert.Single(a.Keypoints);
                    if (point.Visibility == 0) continue;
                    points++;
                    Assert.True(bitmap[(int)point.Y, (int)point.X], $"{point} is not in {a.Box}");
                }
            }
        Assert.True(objects > 100 && points > 50, $"{objects} objects with {points} key points");
    }

    [Fact]
    public void Four_pictures_meet_inside_and_fill_most_of_it()
    {
        Sample mosaic = Make(4, 3);
        // Each picture's ground has its own grey, its index + 1.
        byte[] greys = [.. mosaic.Image.Pixels.Where((_, i) => i % 3 == 0)];
        Assert.InRange(greys.Where(grey => grey <= 9).Distinct().Count(), 2, 4);
        Assert.True(greys.Count(grey => grey == Padding.Mean.R) < greys.Length / 2);
    }

    [Fact]
    public void The_same_stream_gives_the_same_picture_and_another_one_another()
    {
        Assert.Equal(Make(2, 5).Image.Pixels, Make(2, 5).Image.Pixels);
        Assert.NotEqual(Make(2, 5).Image.Pixels, Make(2, 6).Image.Pixels);
    }

    [Fact]
    public void Batches_do_not_depend_on_threads_or_on_where_reading_starts()
    {
        byte[][] alone = Read(0, 0), threads = Read(3, 0), later = Read(2, 2);
        Assert.Equal(alone, threads);
        Assert.Equal(alone[2..], later);
        Assert.Contains(alone, pixels => pixels.Length > 3 * 80 * 100);      // some are mosaics, twice as large
        Assert.Contains(alone, pixels => pixels.Length <= 3 * 80 * 100);     // and some are not

        static byte[][] Read(int workers, int first) => [.. new DataLoader<byte[]>(new Rectangles(), new LoaderOptions
        {
            BatchSize = 1, Workers = workers, Shuffle = true, Seed = 2, Mixing = Always with { Probability = 0.5 },
            Transform = new RandomHorizontalFlip(),
        }, samples => samples[0].Image.Pixels).Epoch(1, first)];
    }

    [Fact]
    public void A_chance_outside_of_0_to_1_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mosaic(1.5, size => size));
}
