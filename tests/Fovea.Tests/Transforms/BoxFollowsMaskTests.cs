using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

/// <summary>Whatever a chain of transforms does, boxes, masks, key points and the class map go on telling the same.</summary>
public class BoxFollowsMaskTests
{
    private static readonly Scenes Pictures = new(12, seed: 21, new ImageSize(96, 128));

    [Fact]
    public void After_any_chain_the_mask_lies_within_its_box_and_fills_it()
    {
        for (ulong seed = 0; seed < 150; seed++)
        {
            var random = new SampleRandom(seed);
            var steps = new Transform[1 + random.Next(4)];
            for (int i = 0; i < steps.Length; i++)
                steps[i] = random.Next(7) switch
                {
                    0 => new Resize(new ImageSize(40 + random.Next(120), 40 + random.Next(120))),
                    1 => new RandomHorizontalFlip(1, Skeleton.CocoPerson.MirrorPairs),
                    2 => new ScaleJitter(new ImageSize(100, 100), 0.6, 1.6),
                    3 => new RandomCrop(new ImageSize(30 + random.Next(60), 30 + random.Next(60)), random.NextDouble()),
                    4 => new RandomVerticalFlip(1),
                    5 => new RandomZoom(size => size, 0.6, 1.6),
                    _ => new ColorJitter(0.4, 0.4, 0.4, 0.1),
                };
            Sample sample = new Compose(steps).Apply(Pictures.Load((int)(seed % 12)), ref random);
            foreach (Annotation a in sample.Annotations) Check(a, sample);
        }
    }

    private static void Check(Annotation a, Sample sample)
    {
        ImageSize size = sample.Image.Size;
        Assert.Equal(size, a.Mask!.Size);
        Assert.False(a.Box.IsEmpty);
        Assert.Equal(a.Box, a.Box.Clip(size));

        // Masks are resampled to the nearest pixel and boxes exactly, so each resampling moves an edge by up to half a pixel, which
        // a later enlargement (at most 4 times here) makes larger. Inwards it may be more: a mast's tip, one pixel wide, can vanish.
        const double Outwards = 4;
        double inwardsX = 6 + 0.35 * a.Box.Width, inwardsY = 6 + 0.35 * a.Box.Height;
        Box tight = a.Mask.BoundingBox();
        if (tight.IsEmpty) Assert.True(Math.Min(a.Box.Width, a.Box.Height) < Outwards, $"the mask of {a.Box} is empty");
        else
        {
            Assert.InRange(tight.X1, a.Box.X1 - Outwards, a.Box.X1 + inwardsX);
            Assert.InRange(tight.Y1, a.Box.Y1 - Outwards, a.Box.Y1 + inwardsY);
            Assert.InRange(tight.X2, a.Box.X2 - inwardsX, a.Box.X2 + Outwards);
            Assert.InRange(tight.Y2, a.Box.Y2 - inwardsY, a.Box.Y2 + Outwards);
        }
        int label = 5 + a.Category;                                          // masks and map take the same pixels
        byte[] pixels = a.Mask.ToBitmap().Pixels;
        for (int i = 0; i < pixels.Length; i++)
            if (pixels[i] != 0) Assert.True(sample.Labels!.Labels[i] == label, $"pixel {i} of the mask has another label");
        foreach (Keypoint k in a.Keypoints)
            if (k.Visibility > 0)
                Assert.True(k.X >= 0 && k.Y >= 0 && k.X <= size.Width && k.Y <= size.Height, $"{k} lies outside {size}");
            else Assert.Equal(new Keypoint(0, 0, 0), k);
    }

    [Fact]
    public void The_same_stream_gives_the_same_sample()
    {
        var chain = new Compose(new ScaleJitter(new ImageSize(100, 100), 0.6, 1.6), new RandomCrop(new ImageSize(60, 60)),
            new RandomHorizontalFlip(),
            new ColorJitter(0.3, 0.3, 0.3, 0.1));
        SampleRandom a = SampleRandom.For(1, 2, 3), b = SampleRandom.For(1, 2, 3), c = SampleRandom.For(1, 3, 3);
        byte[] first = chain.Apply(Pictures.Load(0), ref a).Image.Pixels;
        Assert.Equal(first, chain.Apply(Pictures.Load(0), ref b).Image.Pixels);
        Assert.NotEqual(first, chain.Apply(Pictures.Load(0), ref c).Image.Pixels);
    }
}
