using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data;

public sealed class VocDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inclusive_corners_from_1_become_continuous_pixels()
    {
        _folder.GoodVoc();
        VocDataset train = VocDataset.Open(_folder.Root, "train");

        Assert.Equal(2, train.Count);
        ImageRecord a = train[0];
        Assert.Equal(_folder["JPEGImages/a.png"], a.Path);
        Assert.Equal(new ImageSize(48, 64), a.Size);
        Assert.Equal(new Box(0, 0, 64, 48), a.Annotations[0].Box); // 1 1 64 48 is the whole picture
        Assert.Equal(new Box(9, 9, 20, 30), a.Annotations[1].Box);
        Assert.Equal(64 * 48, a.Annotations[0].Area);
        Assert.Equal(1, train[1].Id);
    }

    [Fact]
    public void Classes_are_the_names_of_all_splits_sorted()
    {
        _folder.GoodVoc();
        Category[] expected = [new(1, "car"), new(2, "dog")];
        Assert.Equal(expected, VocDataset.Open(_folder.Root, "train").Categories);
        VocDataset val = VocDataset.Open(_folder.Root, "val");
        Assert.Equal(expected, val.Categories); // though val has no dog
        Assert.Equal(0, val[0].Annotations[0].Category);
    }

    [Fact]
    public void Classes_txt_decides_the_order()
    {
        _folder.GoodVoc();
        _folder.Write("classes.txt", "dog\r\n\r\ncat\r\ncar\r\n");
        VocDataset val = VocDataset.Open(_folder.Root, "val");
        Assert.Equal([new(1, "dog"), new(2, "cat"), new(3, "car")], val.Categories);
        Assert.Equal(2, val[0].Annotations[0].Category);
    }

    [Fact]
    public void A_name_that_is_not_in_classes_txt_is_an_error_with_its_line()
    {
        _folder.GoodVoc();
        _folder.Write("classes.txt", "dog\nCar\n");
        var error = Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "val"));
        Assert.Equal(new DataLocation(_folder["Annotations/c.xml"], 5), error.Location);
        Assert.Contains("'Car' was probably meant", error.Message);
    }

    [Fact]
    public void A_given_class_list_numbers_the_classes()
    {
        _folder.GoodVoc();
        Category[] classes = [new(7, "dog"), new(5, "car"), new(1, "boat")];
        VocDataset train = VocDataset.Open(_folder.Root, "train", classes);
        Assert.Equal(classes, train.Categories);
        Assert.Equal([1, 0], train[0].Annotations.Select(a => a.Category));
        var error = Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "train", [new(1, "car")]));
        Assert.Contains("'dog' is not in the class list: car.", error.Message);
    }

    [Fact]
    public void Decimals_difficult_and_missing_optional_fields_are_read()
    {
        _folder.Voc("a", Object("car", "1.5", "2.25", "10.75", "20", "<difficult>1</difficult>") + Object("car", "1", "1", "5", "5", "<difficult/>") +
            Object(" car\n", " 1 ", "1", "9", "1e1", "<part><name>wheel</name><bndbox><xmin>0</xmin></bndbox></part>"));
        _folder.Split("train", "a");
        IReadOnlyList<Annotation> annotations = VocDataset.Open(_folder.Root, "train")[0].Annotations;
        Assert.Equal(new Box(0.5, 1.25, 10.75, 20), annotations[0].Box);
        Assert.True(annotations[0].IsDifficult);
        Assert.False(annotations[1].IsDifficult);
        Assert.Equal(new Box(0, 0, 9, 10), annotations[2].Box);
        Assert.All(annotations, a => Assert.Equal(0, a.Category));
    }

    [Fact]
    public void Bad_boxes_are_kept_as_they_are()
    {
        _folder.Voc("a", Object("car", 20, 20, 20, 20) + Object("car", 30, 30, 10, 10) + Object("car", 0, -5, 900, 900));
        _folder.Split("train", "a");
        Box[] boxes = [.. VocDataset.Open(_folder.Root, "train")[0].Annotations.Select(a => a.Box)];
        Assert.Equal([new(19, 19, 20, 20), new(29, 29, 10, 10), new(-1, -6, 900, 900)], boxes);
    }

    [Theory]
    [InlineData("<object><bndbox><xmin>1</xmin></bndbox></object>", "no <name>")]
    [InlineData("<object><name>car</name></object>", "no <bndbox>")]
    [InlineData("<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax></bndbox></object>", "without <ymax>")]
    [InlineData("<object><name>car</name><bndbox><xmin>NaN</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>", "xmin 'NaN'")]
    [InlineData("<object><name>car</name><bndbox><xmin>1,5</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>", "xmin '1,5'")]
    [InlineData("<object><name>car</name><difficult>maybe</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>", "difficult 'maybe'")]
    public void Missing_and_wrong_values_are_errors_with_their_line(string entry, string message)
    {
        _folder.Voc("a", Object("car", 1, 1, 5, 5) + "\n\n" + entry);
        _folder.Split("train", "a");
        var error = Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "train"));
        Assert.Equal(new DataLocation(_folder["Annotations/a.xml"], 7), error.Location);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Entities_are_refused()
    {
        _folder.Voc("a", "");
        _folder.Write("Annotations/a.xml", """
            <!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
            <annotation><filename>&b;</filename></annotation>
            """);
        _folder.Split("train", "a");
        Assert.Contains("DTD", Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "train")).Message);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        _folder.Voc("a", "");
        _folder.Write("Annotations/a.xml", "<annotation>" + string.Concat(Enumerable.Repeat("<a>", 1_000_000)));
        _folder.Split("train", "a");
        Assert.Contains("nested more than", Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "train")).Message);
    }

    [Fact]
    public void Another_root_element_is_refused()
    {
        _folder.Voc("a", "");
        _folder.Write("Annotations/a.xml", "<html></html>");
        _folder.Split("train", "a");
        Assert.Contains("<annotation>", Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "train")).Message);
    }

    [Fact]
    public void Without_a_stated_size_the_picture_tells_it()
    {
        _folder.Write("Annotations/a.xml", "<annotation>" + Object("car", 1, 1, 5, 5) + "</annotation>");
        _folder.Picture("JPEGImages/a.png", 10, 20);
        _folder.Split("train", "a");
        Assert.Equal(new ImageSize(10, 20), VocDataset.Open(_folder.Root, "train")[0].Size);
    }

    [Fact]
    public void Loading_gives_pixels_and_the_true_size()
    {
        _folder.GoodVoc();
        _folder.Picture("JPEGImages/c.png", 30, 40, seed: 5);
        VocDataset val = VocDataset.Open(_folder.Root, "val");
        Assert.Equal(new ImageSize(48, 64), val[0].Size);
        Sample sample = val.Load(0);
        Assert.Equal(new ImageSize(30, 40), sample.Record.Size);
        byte[] expected = new byte[30 * 40 * 3];
        new Random(5).NextBytes(expected);
        Assert.Equal(expected, sample.Image.Pixels);
        Assert.Same(sample.Record.Annotations, sample.Annotations);
    }

    [Fact]
    public void Listed_pictures_need_an_annotation_file_and_a_picture()
    {
        _folder.GoodVoc();
        _folder.Split("val", "c", "ghost");
        var error = Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "val"));
        Assert.Equal(new DataLocation(_folder["ImageSets/Main/val.txt"], 2), error.Location);

        _folder.Split("val", "c");
        File.Delete(_folder["JPEGImages/c.png"]);
        error = Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "val"));
        Assert.Equal(_folder["Annotations/c.xml"], error.Location.File);
        Assert.Contains("has no picture", error.Message);
    }

    [Fact]
    public void Faults_of_one_split_do_not_close_the_other()
    {
        _folder.GoodVoc();
        _folder.Write("Annotations/c.xml", "<annotation>");
        _folder.Split("test", "ghost");
        Assert.Equal(2, VocDataset.Open(_folder.Root, "train").Count);
        Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "val"));
    }

    [Fact]
    public void A_list_may_not_lead_out_of_the_folder()
    {
        _folder.GoodVoc();
        _folder.Split("val", "../secret");
        Assert.Contains("no name of a picture", Assert.Throws<DataException>(() => VocDataset.Open(_folder.Root, "val")).Message);
    }

    [Fact]
    public void Lists_of_one_class_are_no_splits()
    {
        _folder.GoodVoc();
        _folder.Write("ImageSets/Main/car_train.txt", "a  1\nb -1\n");
        _folder.Write("ImageSets/Main/trainval.txt", "a\nb\nc\n");
        _folder.Write("ImageSets/Main/night_test.txt", "c\n");
        Assert.Equal(["train", "val", "trainval", "night_test"], Dataset.Recognise(_folder.Root).Splits);
        Assert.Equal(3, Dataset.Open(_folder.Root, "trainval").Count);
    }

    [Fact]
    public void A_folder_without_lists_has_one_split()
    {
        _folder.GoodVoc();
        Directory.Delete(_folder["ImageSets"], recursive: true);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal(["all"], layout.Splits);
        Assert.Equal(3, layout.Open("all").Count);
    }

    [Fact]
    public void Of_pictures_with_one_stem_the_named_one_is_taken()
    {
        _folder.GoodVoc();
        _folder.Picture("JPEGImages/c.jpg", seed: 1); // its annotation names c.png
        Assert.Equal(_folder["JPEGImages/c.png"], Dataset.Open(_folder.Root, "val")[0].Path);
    }
}
