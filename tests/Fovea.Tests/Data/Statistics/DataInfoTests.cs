using Fovea.Data;
using Fovea.Data.Statistics;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data.Statistics;

public sealed class DataInfoTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_split_is_counted_and_measured()
    {
        _folder.Voc("a", Object("car", 1, 1, 31, 31) + Object("car", 1, 1, 32, 32) + Object("dog", 1, 1, 96, 95) + Object("dog", 1, 1, 96, 96) +
            Object("dog", 4, 4, 4, 4), height: 100, width: 200);
        _folder.Voc("b", Object("car", "1", "1", "50", "100", "<difficult>1</difficult>"), height: 100, width: 200);
        _folder.Voc("c", "", height: 40, width: 40);
        _folder.Split("train", "a", "b", "c");
        DatasetInfo info = DataInfo.Of(_folder.Root);
        SplitInfo train = Assert.Single(info.Splits);
        Assert.Equal((3, 1, 6, 1, 1), (train.Pictures, train.EmptyPictures, train.Boxes, train.Difficult, train.Degenerate));
        Assert.Equal([new(1, "car", 3, 2), new(2, "dog", 3, 1)], train.Classes);
        Assert.Equal((1, 3, 1), (train.Small, train.Medium, train.Large)); // 32 x 32 is medium, 96 x 96 large
        Assert.Equal([new(100, 200, 2), new(40, 40, 1)], train.PictureSizes);
        Assert.Equal((31, 50, 96), (train.Width!.Min, train.Width.Median, train.Width.Max));
        Assert.Equal(2, train.AspectRatio!.Max);
        Assert.Equal(2, train.BoxesPerPicture!.Mean);
        Assert.Equal(0, info.Faults);
    }

    [Fact]
    public void Quantiles_are_interpolated()
    {
        Distribution d = Distribution.Of([4, 1, 3, 2])!;
        Assert.Equal((1, 1.75, 2.5, 3.25, 4, 2.5), (d.Min, d.P25, d.Median, d.P75, d.Max, d.Mean));
        Assert.Null(Distribution.Of([]));
    }

    [Fact]
    public void Anchors_find_the_sizes_and_ratios_that_the_boxes_were_made_with()
    {
        double[] sizes = [12, 24, 48, 96, 192], ratios = [0.2, 1, 5];
        var boxes = sizes.SelectMany(s => ratios.Select(r => (s * Math.Sqrt(r), s / Math.Sqrt(r)))).ToList();
        AnchorAdvice advice = AnchorAdvice.For(boxes, 800, 1333)!;
        Assert.Equal(sizes, advice.Sizes);
        Assert.Equal(ratios, advice.Ratios);
        Assert.Equal(1, advice.Coverage);
        Assert.True(advice.DefaultCoverage < 0.7);
    }

    [Fact]
    public void Anchors_are_in_pixels_of_the_resized_picture()
    {
        _folder.GoodVoc();
        AnchorAdvice anchors = DataInfo.Of(_folder.Root, 480, 6400).Splits[1].Anchors!;
        Assert.Contains(210, anchors.Sizes); // 21 pixels, ten times as large
        Assert.Equal([1, 1, 1], anchors.Ratios);
    }

    [Fact]
    public void Advised_sizes_double_from_level_to_level_as_the_strides_do()
    {
        var boxes = Enumerable.Range(0, 12_000).Select(i => (10.0 + i % 90, 12.0 + i % 70)).ToList();
        AnchorAdvice advice = AnchorAdvice.For(boxes, 800, 1333)!;
        Assert.All(advice.Sizes.Zip(advice.Sizes.Skip(1)), pair => Assert.Equal(2 * pair.First, pair.Second));
        Assert.True(advice.Coverage > 0.95, $"{advice.Coverage}");
        Assert.True(advice.DefaultCoverage < advice.Coverage);
    }

    [Fact]
    public void Chosen_anchors_are_compared_with_the_advised_ones()
    {
        _folder.GoodVoc();
        IDataset val = Dataset.Open(_folder.Root, "val");
        (IReadOnlyList<double> sizes, double coverage, double chosen) = AnchorAdvice.Compare(val, 480, 6400, [32, 64], [1])!.Value;
        Assert.Contains(210, sizes);
        Assert.Equal((1, 0), (coverage, chosen));
        Assert.Equal(1, AnchorAdvice.Compare(val, 480, 6400, [200], [1])!.Value.ChosenCoverage);
    }

    [Fact]
    public void A_data_set_without_boxes_has_no_distributions()
    {
        _folder.Voc("a", "");
        _folder.Split("train", "a");
        SplitInfo train = DataInfo.Of(_folder.Root).Splits[0];
        Assert.Null(train.Width);
        Assert.Null(train.Anchors);
        Assert.Throws<ArgumentOutOfRangeException>(() => DataInfo.Of(_folder.Root, 800, 600));
    }

    [Fact]
    public void What_cannot_be_read_is_counted_as_fault()
    {
        _folder.GoodVoc();
        _folder.Write("Annotations/a.xml", "<annotation>");
        DatasetInfo info = DataInfo.Of(_folder.Root);
        Assert.Equal(1, info.Faults);
        Assert.Equal(1, info.Splits[0].Boxes);
    }
}
