using Fovea.Data;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data;

public sealed class BoxPolicyTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Source()
    {
        _folder.Voc("a", Object("car", 1, 1, 20, 20) + Object("car", 7, 7, 7, 7) + Object("car", 30, 30, 10, 10) +
            Object("car", 50, 40, 70, 60) + Object("car", 70, 70, 90, 90));
        _folder.Voc("b", Object("car", 3, 3, 3, 9));
        _folder.Voc("c", Object("car", "5", "5", "9", "9", "<difficult>1</difficult>"));
        _folder.Split("train", "a", "b", "c");
        return VocDataset.Open(_folder.Root, "train");
    }

    [Fact]
    public void Useless_boxes_are_dropped_others_clipped_and_all_counted()
    {
        var train = new TrainingDataset(Source());
        Assert.Equal([new(0, 0, 20, 20), new(49, 39, 64, 48)], train[0].Annotations.Select(a => a.Box));
        Assert.Empty(train[1].Annotations);
        Assert.Equal(3, train.Count);
        BoxPolicyReport report = train.Report;
        Assert.Equal((7, 2, 1, 1, 1, 0, 1), (report.Boxes, report.TooSmall, report.Reversed, report.Outside, report.Clipped, report.Difficult, report.EmptyPictures));
        Assert.Equal("3 of 7 boxes in 3 pictures; dropped 2 too small, 1 reversed, 1 outside the picture (a.png, b.png, ...); " +
            "clipped 1; 1 pictures without boxes", report.ToString());
    }

    [Fact]
    public void A_loaded_sample_is_judged_by_its_true_size()
    {
        var train = new TrainingDataset(Source());
        _folder.Picture("JPEGImages/a.png", 15, 10);
        Sample sample = train.Load(0);
        Assert.Equal([new Box(0, 0, 10, 15)], sample.Annotations.Select(a => a.Box));
        Assert.Same(sample.Annotations, sample.Record.Annotations);
    }

    [Fact]
    public void Choices_can_be_made()
    {
        IDataset source = Source();
        var all = new TrainingDataset(source, new BoxPolicy { ClipToPicture = false, MinimumSide = 0.5 });
        Assert.Equal([new(0, 0, 20, 20), new(6, 6, 7, 7), new(49, 39, 70, 60), new(69, 69, 90, 90)], all[0].Annotations.Select(a => a.Box));
        var few = new TrainingDataset(source, new BoxPolicy { KeepDifficult = false, KeepEmptyPictures = false });
        Assert.Equal(1, few.Count);
        Assert.Equal((2, 1), (few.Report.DroppedPictures, few.Report.Difficult));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoxPolicy { MinimumSide = -1 });
    }

    [Fact]
    public void Crowds_are_left_out_unless_wanted()
    {
        using var folder = new DataFolder();
        folder.GoodCoco();
        IDataset source = Dataset.Open(folder.Root, "train");
        var train = new TrainingDataset(source);
        Assert.Equal(1, train.Report.Crowds);
        Assert.Empty(train[1].Annotations);
        Assert.Single(new TrainingDataset(source, new BoxPolicy { KeepCrowds = true })[1].Annotations);
    }

    [Fact]
    public void Pictures_with_objects_without_masks_are_left_out_where_masks_are_learned()
    {
        using var folder = new DataFolder();
        folder.GoodCoco();
        IDataset source = Dataset.Open(folder.Root, "train");
        var train = new TrainingDataset(source, new BoxPolicy { RequireMasks = true });
        Assert.Equal((1, 0, 2, 1), (train.Count, train.Report.Kept, train.Report.WithoutMasks, train.Report.DroppedPictures));
        Assert.Equal("0 of 3 boxes in 1 pictures; dropped 1 crowd, 2 in pictures with objects without masks; left out 1 pictures without masks",
            train.Report.ToString());
        Assert.EndsWith("9.png", train[0].Path);                             // nothing but a crowd: background to learn
    }

    [Fact]
    public void Good_data_pass_unchanged()
    {
        _folder.GoodVoc();
        IDataset source = Dataset.Open(_folder.Root, "train");
        var train = new TrainingDataset(source);
        Assert.Equal("3 of 3 boxes in 2 pictures", train.Report.ToString());
        Assert.Equal(source[0].Annotations, train[0].Annotations);
    }
}
