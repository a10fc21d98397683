using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Data;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public sealed class ReducedReadingTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A smooth picture with shapes, as JPEG, in a folder of classes.</summary>
    private IDataset Open(int height, int width)
    {
        byte[] pixels = new byte[3 * height * width];
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i += 3)
            {
                double wave = Math.Sin(x * 40.0 / width) * Math.Cos(y * 25.0 / height);
                bool inside = Math.Abs(x - width / 3) + Math.Abs(y - height / 2) < height / 5;
                (pixels[i], pixels[i + 1], pixels[i + 2]) = inside ? ((byte)220, (byte)40, (byte)60)
                    : ((byte)(128 + 100 * wave), (byte)(255 * y / height), (byte)(255 * x / width));
            }
        Directory.CreateDirectory(_folder["train/cat"]);
        new Image(new ImageSize(height, width), pixels).SaveJpeg(_folder["train/cat/a.jpg"], 92);
        _folder.Picture("val/cat/b.png");
        return Dataset.Open(_folder.Root, "train");
    }

    [Fact]
    public void A_large_file_is_decoded_smaller_and_shows_the_same_part()
    {
        IDataset data = Open(600, 900);
        var whole = new RandomResizedCrop(64);
        RandomResizedCrop reduced = whole with { ReadsReduced = true };
        int smaller = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            SampleRandom one = new(seed), other = new(seed);
            Sample small = data.LoadReduced(0, size => reduced.LeastSize(size, other));
            Assert.Equal(new ImageSize(600, 900), small.Record.Size);
            if (small.Image.Height < 600) smaller++;
            byte[] expected = whole.Apply(data.Load(0), ref one).Image.Pixels, actual = reduced.Apply(small, ref other).Image.Pixels;
            int[] differences = [.. expected.Zip(actual, (a, b) => Math.Abs(a - b))];
            Assert.True(differences.Average() < 2, $"seed {seed}: {differences.Average()} in the mean");
            Assert.Equal(one.NextUInt64(), other.NextUInt64());
        }
        Assert.InRange(smaller, 15, 20);
    }

    [Fact]
    public void No_picture_is_read_smaller_than_it_is_shown()
    {
        var crop = new RandomResizedCrop(50) { ReadsReduced = true };
        SampleRandom random = new(1);
        for (int i = 0; i < 500; i++)
        {
            var size = new ImageSize(random.Next(2000) + 1, random.Next(2000) + 1);
            SampleRandom own = random.Split((ulong)i);
            ImageSize least = crop.LeastSize(size, own);
            (_, _, ImageSize part) = crop.Draw(size, ref own);
            (int, int, int)[] sides = [(size.Height, part.Height, least.Height), (size.Width, part.Width, least.Width)];
            foreach ((int full, int ofPart, int small) in sides)
                Assert.True(small == full ? ofPart <= 50 * 1.05 + 1 : Math.Round((double)ofPart * small / full) >= 50 && small < full);
        }
        Assert.Equal(new ImageSize(2000, 1000), new RandomResizedCrop(50).LeastSize(new ImageSize(2000, 1000), random));
    }

    [Fact]
    public void The_loader_reads_reduced_where_its_first_transform_does()
    {
        IDataset data = Open(600, 900);
        var seen = new List<ImageSize>();
        Sample Read(Transform transform)
        {
            var options = new LoaderOptions { BatchSize = 1, Workers = 0, Transform = transform };
            return new DataLoader<Sample>(data, options, samples => samples[0]).Epoch(0).Single();
        }

        var crop = new RandomResizedCrop(20) { ReadsReduced = true };
        Read(new Compose(crop, new Spy(seen)));
        Read(new Compose(new Spy(seen), crop));
        Read(new Compose(new Reader(crop, seen)));
        Assert.Equal([new(20, 20), new(600, 900)], seen[..2]);
        Assert.True(seen[2].Height < 600);
    }

    [Fact]
    public void Annotated_objects_keep_their_picture()
    {
        using var voc = new DataFolder();
        voc.GoodVoc();
        IDataset data = Dataset.Open(voc.Root, "train");
        Assert.Equal(data.Load(0).Image.Size, data.LoadReduced(0, _ => new(1, 1)).Image.Size);
    }

    private sealed record Spy(List<ImageSize> Seen) : Transform
    {
        public override Sample Apply(Sample sample, ref SampleRandom random)
        {
            Seen.Add(sample.Image.Size);
            return sample;
        }
    }

    // Notes what the crop is given.
    private sealed record Reader(RandomResizedCrop Crop, List<ImageSize> Seen) : Transform
    {
        public override Sample Apply(Sample sample, ref SampleRandom random)
        {
            Seen.Add(sample.Image.Size);
            return Crop.Apply(sample, ref random);
        }

        public override ImageSize LeastSize(ImageSize size, SampleRandom random) => Crop.LeastSize(size, random);
    }
}
