using System.Security.Cryptography;
using Fovea.Data;
using Fovea.Data.Scenery;
using Fovea.Imaging;
using Fovea.Structures;
using Xunit;

namespace Fovea.Tests.Data;

public class ScenesTests
{
    private static readonly Scenes Some = new(24, seed: 3);

    [Fact]
    public void Labelled_scenes_are_the_same_pictures_with_labels_alone()
    {
        var labelled = new LabelledScenes(Some);
        Assert.Equal((AnnotationKind.Labels, 24), (labelled.Kind, labelled.Count));
        Assert.Equal([new(0, "sky"), new(9, "person")], [labelled.Categories[0], labelled.Categories[9]]);
        Sample sample = labelled.Load(1), drawn = Some.Load(1);
        Assert.Equal(drawn.Image.Pixels, sample.Image.Pixels);
        Assert.Equal(drawn.Labels!.Labels, sample.Labels!.Labels);
        Assert.NotEmpty(drawn.Annotations);
        Assert.Empty(sample.Annotations);
        Assert.Empty(labelled[1].Annotations);
        Assert.All(sample.Labels.Labels, label => Assert.InRange(label, 0, 9));
    }

    [Fact]
    public void Pictures_are_the_same_on_every_machine()
    {
        // Made once on x64 with AVX2, and the same with every hardware intrinsic turned off. If this fails after a deliberate
        // change of how scenes look, take the new value; if it fails on another machine, the drawing is not exact any more.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < 6; i++)
        {
            Sample sample = Some.Load(i);
            hash.AppendData(sample.Image.Pixels);
            hash.AppendData(sample.Labels!.Labels);
            foreach (Annotation a in sample.Annotations)
            {
                hash.AppendData(a.Mask!.ToBitmap().Pixels);
                foreach (Keypoint k in a.Keypoints)
                    hash.AppendData([.. BitConverter.GetBytes(k.X), .. BitConverter.GetBytes(k.Y), (byte)k.Visibility]);
            }
        }
        Assert.Equal("FDE19C41856E84A3", Convert.ToHexString(hash.GetHashAndReset())[..16]);
    }

    [Fact]
    public void A_picture_depends_on_seed_and_index_alone()
    {
        var again = new Scenes(7, seed: 3);
        byte[][] threads = new byte[6][];
        Parallel.For(0, 6, i => threads[i] = again.Load(5 - i).Image.Pixels);
        for (int i = 0; i < 6; i++) Assert.Equal(Some.Load(5 - i).Image.Pixels, threads[i]);
        Assert.NotEqual(Some.Load(0).Image.Pixels, Some.Load(1).Image.Pixels);
        Assert.NotEqual(Some.Load(0).Image.Pixels, new Scenes(7, seed: 4).Load(0).Image.Pixels);
    }

    [Fact]
    public void Boxes_are_tight_masks_are_apart_and_agree_with_the_map()
    {
        for (int i = 0; i < Some.Count; i++)
        {
            Sample sample = Some.Load(i);
            var owners = new int[sample.Image.Size.Pixels];
            foreach (Annotation a in sample.Annotations)
            {
                Assert.Equal(a.Mask!.BoundingBox(), a.Box);
                Assert.Equal(a.Mask.Area(), a.Area);
                Assert.InRange(a.Area, 45, sample.Image.Size.Pixels);
                int label = Scenes.SemanticClasses.ToList().IndexOf(Some.Categories[a.Category].Name), wrong = 0;
                byte[] pixels = a.Mask.ToBitmap().Pixels;
                for (int p = 0; p < owners.Length; p++)
                {
                    if (pixels[p] == 0) continue;
                    owners[p]++;
                    if (sample.Labels!.Labels[p] != label) wrong++;
                }
                Assert.Equal(0, wrong);
            }
            Assert.True(owners.Max() <= 1, $"two objects own a pixel of picture {i}");
            // Whatever is drawn is annotated: no pixel of an object's class without an owner.
            Assert.Equal(owners.Count(n => n == 1), sample.Labels!.Labels.Count(c => c >= (byte)SceneClass.House));
        }
    }

    [Fact]
    public void Every_class_appears_and_objects_hide_each_other()
    {
        var classes = new bool[Scenes.SemanticClasses.Count];
        int hiddenPoints = 0, seenPoints = 0, overlaps = 0;
        for (int i = 0; i < Some.Count; i++)
        {
            Sample sample = Some.Load(i);
            foreach (byte label in sample.Labels!.Labels) classes[label] = true;
            foreach (Annotation a in sample.Annotations)
            {
                Assert.Equal(Some.Categories[a.Category].Name == "person" ? Skeleton.CocoPerson.Names.Count : 0, a.Keypoints.Count);
                hiddenPoints += a.Keypoints.Count(k => k.Visibility == 1);
                seenPoints += a.Keypoints.Count(k => k.Visibility == 2);
                overlaps += sample.Annotations.Count(b => b.Id > a.Id && a.Box.Intersection(b.Box) > 0);
            }
        }
        Assert.DoesNotContain(false, classes);
        Assert.True(hiddenPoints > 50 && seenPoints > hiddenPoints, $"{seenPoints} seen, {hiddenPoints} hidden");
        Assert.True(overlaps > Some.Count, $"{overlaps} overlapping boxes");
    }

    [Fact]
    public void Seen_key_points_lie_on_their_person()
    {
        int off = 0, all = 0;
        for (int i = 0; i < Some.Count; i++)
            foreach (Annotation a in Some.Load(i).Annotations)
            {
                Mask mask = a.Mask!.ToBitmap();
                foreach (Keypoint k in a.Keypoints.Where(k => k.Visibility == 2))
                {
                    all++;
                    int x = (int)k.X, y = (int)k.Y;                      // within a pixel: a wrist is thinner than one
                    bool near = false;
                    for (int dy = -1; dy <= 1; dy++)
                        for (int dx = -1; dx <= 1; dx++)
                            if (y + dy >= 0 && y + dy < 240 && x + dx >= 0 && x + dx < 320) near |= mask[y + dy, x + dx];
                    if (!near) off++;
                }
            }
        Assert.True(off <= all / 100, $"{off} of {all}");
    }

    [Fact]
    public void The_record_has_the_annotations_without_the_picture()
    {
        ImageRecord record = Some[2];
        Assert.Equal(new ImageSize(240, 320), record.Size);
        Assert.Equal(Some.Load(2).Annotations.Select(a => a.Box), record.Annotations.Select(a => a.Box));
    }

    [Theory]
    [InlineData(32, 32)]
    [InlineData(64, 700)]
    [InlineData(500, 90)]
    [InlineData(480, 640)]
    public void Any_size_works(int height, int width)
    {
        var scenes = new Scenes(5, 1, new ImageSize(height, width));
        for (int i = 0; i < 5; i++)
        {
            Sample sample = scenes.Load(i);
            Assert.Equal(new ImageSize(height, width), sample.Image.Size);
            Assert.All(sample.Annotations, a => Assert.Equal(a.Box, a.Box.Clip(sample.Image.Size)));
        }
    }

    [Fact]
    public void Wrong_requests_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Scenes(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Scenes(1, 1, new ImageSize(8, 100)));
        Assert.Contains("0 to 23", Assert.Throws<ArgumentOutOfRangeException>(() => Some.Load(24)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Some[-1]);
    }
}
