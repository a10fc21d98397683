using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Transforms;
using Fovea.Transforms;

namespace Fovea.Tests.Data;

/// <summary>Pictures that have two maps of classes.</summary>
public sealed class SecondLabelsTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("images/train", "masks/train", "masks2/train")]
    [InlineData("train/images", "train/labels", "train/labels2")]
    [InlineData("images", "masks", "masks2")]
    public void Mask_folders_may_have_a_second_folder_of_masks(string images, string masks, string second)
    {
        for (int i = 0; i < 5; i++)
        {
            _folder.Picture($"{images}/{i}.png", 1, 3, i);
            _folder.Mask($"{masks}/{i}.png", 1, 3, 0, 1, 2);
            _folder.Mask($"{second}/{i}.png", 1, 3, 1, 255, 0);
        }
        _folder.Write("classes.txt", "road\ncar\ntree\n");
        IDataset data = Dataset.Open(_folder.Root, "train");
        Assert.Equal((4, 3), (data.Count, data.Categories.Count));
        Assert.Equal(["class0", "class1"], data.SecondCategories.Select(c => c.Name));
        Sample sample = data.Load(0);
        Assert.Equal([0, 1, 2], sample.Labels!.Labels);
        Assert.Equal([1, 255, 0], sample.SecondLabels!.Labels);

        DataCheckReport report = DataCheck.Run(_folder.Root);
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Contains(report.Notes, note => note.Contains("name them in classes2.txt"));
        _folder.Write("classes2.txt", "flat\nupright\nabove\n");
        data = Dataset.Open(_folder.Root, "val");
        Assert.Equal(["flat", "upright", "above"], data.SecondCategories.Select(c => c.Name));
        Assert.Equal(FindingKind.EmptyClass, Assert.Single(DataCheck.Run(_folder.Root).Findings).Kind);
        SplitInfo info = DataInfo.Of(_folder.Root).Splits[0];
        Assert.Equal((12, 8, 4), (info.Labels!.Labelled, info.SecondLabels!.Labelled, info.SecondLabels.Ignored));

        File.Delete(_folder[$"{second}/3.png"]);
        Assert.Contains($"has no mask: there is no {_folder[$"{second}/3.png"]}",
            Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "trainval")).Message);
    }

    [Fact]
    public void Stanford_Background_tells_surfaces_too()
    {
        for (int i = 0; i < 5; i++)
        {
            _folder.Picture($"images/{i}.png", 1, 4, i);
            _folder.Write($"labels/{i}.regions.txt", "0 7 -1 3\n");
            _folder.Write($"labels/{i}.surfaces.txt", "0 1 2 -1\n");
        }
        IDataset data = Dataset.Open(_folder.Root, "trainval");
        Assert.Equal(["sky", "horizontal", "vertical"], data.SecondCategories.Select(c => c.Name));
        Assert.Equal([0, 7, 255, 3], data.Load(0).Labels!.Labels);
        Assert.Equal([0, 1, 2, 255], data.Load(0).SecondLabels!.Labels);
        File.Delete(_folder["labels/2.surfaces.txt"]);
        Assert.Contains("2.surfaces.txt", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "trainval")).Message);
    }

    public static TheoryData<Transform> Transforms =>
    [
        new RandomScaledCrop(new ImageSize(9, 30)), new RandomHorizontalFlip(1), new RandomVerticalFlip(1), new RandomRotation(90),
        new ElasticDeformation(), new RandomCrop(new ImageSize(7, 9)), new ScaleJitter(new ImageSize(24, 40), 0.5, 2),
        new RandomZoom(size => size, 0.5, 1.5), new ColorJitter(0.4, 0.4, 0.4),
    ];

    /// <summary>Whatever moves the first map moves the second in the same way.</summary>
    [Theory]
    [MemberData(nameof(Transforms))]
    public void Second_labels_move_with_the_first(Transform transform)
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(12, 20));
        byte[] second = [.. sample.Labels!.Labels.Select(v => (byte)(v + 64))];
        sample = sample with { SecondLabels = new SegmentationMap(sample.Image.Size, second) };
        for (ulong seed = 0; seed < 8; seed++)
        {
            var random = new SampleRandom(seed);
            Sample moved = transform.Apply(sample, ref random);
            Assert.Equal((moved.Image.Size, moved.Image.Size), (moved.Labels!.Size, moved.SecondLabels!.Size));
            Assert.Equal(moved.Labels.Labels.Select(v => v == SegmentationMap.Ignore ? v : (byte)(v + 64)), moved.SecondLabels.Labels);
        }
    }
}
