using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data;

public sealed class CocoDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Boxes_ids_areas_and_crowds_are_read()
    {
        _folder.GoodCoco();
        IDataset train = Dataset.Open(_folder.Root, "train2017");
        Assert.Equal([new Category(3, "car"), new Category(18, "dog")], train.Categories);
        Assert.Equal(2, train.Count);
        ImageRecord first = train[0];
        Assert.Equal(7, first.Id);
        Assert.Equal(_folder["train2017/7.png"], first.Path);
        Assert.Equal(new ImageSize(48, 64), first.Size);
        Assert.Equal([100, 102], first.Annotations.Select(a => a.Id));
        Assert.Equal(new Box(1, 2, 31.5, 22), first.Annotations[0].Box);
        Assert.Equal(300.25, first.Annotations[0].Area);
        Assert.Equal(1, first.Annotations[0].Category);
        Assert.Equal(100, first.Annotations[1].Area); // not stated: the box's
        Assert.False(first.Annotations[0].IsCrowd);
        Assert.True(train[1].Annotations[0].IsCrowd);
        Assert.Equal(new ImageSize(48, 64), train.Load(1).Image.Size);
    }

    [Fact]
    public void A_split_is_found_without_its_year_and_a_file_by_its_path()
    {
        _folder.GoodCoco();
        Assert.Equal(1, Dataset.Open(_folder.Root, "val").Count);
        Assert.Equal(1, Dataset.Open(_folder["annotations/instances_val2017.json"], "").Count);
        Assert.Equal(1, CocoDataset.Open(_folder["annotations/instances_val2017.json"], _folder["val2017"]).Count);
        string message = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "test")).Message;
        Assert.Contains("train2017, val2017", message);
    }

    [Theory]
    [InlineData("images/val/1.png", "annotations/instances_val.json", "val")]
    [InlineData("images/1.png", "annotations/instances_val.json", "val")]
    [InlineData("images/1.png", "annotations/val.json", "val")]
    [InlineData("val/1.png", "val/_annotations.coco.json", "val")]
    public void Usual_layouts_are_recognised(string picture, string json, string split)
    {
        _folder.Picture(picture);
        _folder.Write(json, CocoText(Image(1), Annotation(1, 1, 3, "[1, 1, 5, 5]")));
        IDataset set = Dataset.Open(_folder.Root, split);
        Assert.Equal(_folder[picture], set[0].Path);
        Assert.Single(set[0].Annotations);
    }

    [Fact]
    public void The_order_of_the_keys_does_not_matter_and_a_byte_order_mark_is_passed_over()
    {
        _folder.Picture("val/1.png");
        string json = _folder.Write("annotations/instances_val.json", "\uFEFF{\"categories\": [{\"name\": \"car\", \"id\": 3}], \"annotations\": [" +
            Annotation(1, 1, 3, "[1, 1, 5, 5]") + "], \"images\": [" + Image(1) + "]}");
        Assert.Equal(0xEF, File.ReadAllBytes(json)[0]);
        Assert.Single(Dataset.Open(_folder.Root, "val")[0].Annotations);
    }

    [Fact]
    public void Values_longer_than_the_buffer_are_passed_over()
    {
        _folder.Picture("val/1.png");
        string counts = new('x', 1 << 20), outline = string.Join(",", Enumerable.Range(0, 200_000));
        _folder.Write("annotations/instances_val.json", CocoText(Image(1),
            Annotation(1, 1, 3, "[1, 1, 5, 5]", $", \"segmentation\": {{\"counts\": \"{counts}\"}}") + "," +
            Annotation(2, 1, 18, "[2, 2, 5, 5]", $", \"segmentation\": [[{outline}]]")));
        Assert.Equal([1, 2], Dataset.Open(_folder.Root, "val")[0].Annotations.Select(a => a.Id));
    }

    [Theory]
    [InlineData("""{"id": 1, "category_id": 3, "bbox": [1, 1, 5, 5]}""", "no \"image_id\"", 2, 17)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 3}""", "no \"bbox\"", 2, 17)]
    [InlineData("""{"id": "1", "image_id": 1, "category_id": 3, "bbox": [1, 1, 5, 5]}""", "id of an annotation is \"1\"", 2, 24)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 5]}""", "bbox of an annotation has 3 values", 2, 68)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 5, 1e999]}""", "not all of them finite", 2, 68)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 5, NaN]}""", "not JSON", 2, 78)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 4, "bbox": [1, 1, 5, 5]}""", "category_id 4", 2, 17)]
    [InlineData("""{"id": 1, "image_id": 2, "category_id": 3, "bbox": [1, 1, 5, 5]}""", "belongs to image 2", 2, 17)]
    [InlineData("""{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 5, 5], "iscrowd": 2}""", "iscrowd", 2, 17)]
    [InlineData("""7""", "an entry of \"annotations\" is 7", 2, 17)]
    public void Missing_and_wrong_values_are_errors_with_their_place(string annotation, string message, int line, int column)
    {
        _folder.Picture("val/1.png");
        string path = _folder.Write("annotations/instances_val.json", CocoText(Image(1), annotation));
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val"));
        Assert.Contains(message, error.Message);
        Assert.Equal(new DataLocation(path, line, column), error.Location);
    }

    [Theory]
    [InlineData("[]", "an array")]
    [InlineData("{}", "no \"images\" and no \"annotations\" and no \"categories\"")]
    [InlineData("", "not JSON")]
    [InlineData("""{"images": [], "annotations": [], "categories": []} x""", "not JSON")]
    [InlineData("""{"images": [], "images": [], "annotations": [], "categories": []}""", "\"images\" twice")]
    [InlineData("""{"images": {}, "annotations": [], "categories": []}""", "an array was expected")]
    public void Files_of_another_kind_are_refused(string text, string message)
    {
        _folder.Picture("val/1.png");
        string path = _folder.Write("annotations/instances_val.json", text);
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val"));
        Assert.Contains(message, error.Message);
        Assert.StartsWith(path + ":1:", error.Message);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../secret.png")]
    public void File_names_may_not_lead_out_of_the_folder(string name)
    {
        _folder.Picture("val/1.png");
        _folder.Write("annotations/instances_val.json", CocoText($$"""{"id": 1, "file_name": "{{name}}", "width": 64, "height": 48}""", ""));
        Assert.Contains("relative", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val")).Message);
    }

    [Fact]
    public void A_million_brackets_are_refused()
    {
        _folder.Picture("val/1.png");
        _folder.Write("annotations/instances_val.json", "{\"info\": " + new string('[', 1_000_000));
        Assert.Contains("maximum configured depth of 64", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val")).Message);
    }

    [Fact]
    public void Duplicate_ids_are_refused()
    {
        _folder.Picture("val/1.png");
        string one = Annotation(1, 1, 3, "[1, 1, 5, 5]");
        _folder.Write("annotations/instances_val.json", CocoText(Image(1), one + ",\n" + one));
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val"));
        Assert.Contains("annotation id 1 occurs twice", error.Message);
        Assert.Equal(3, error.Location.Line);

        _folder.Write("annotations/instances_val.json", CocoText(Image(1) + "," + Image(1), one));
        Assert.Contains("image id 1 occurs twice", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val")).Message);
        _folder.Write("annotations/instances_val.json", CocoText(Image(1), one, """{"id": 3, "name": "car"}, {"id": 3, "name": "dog"}"""));
        Assert.Contains("category id 3 occurs twice", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val")).Message);
    }

    [Fact]
    public void A_given_class_list_is_matched_by_name()
    {
        _folder.GoodCoco();
        IDataset train = Dataset.Open(_folder.Root, "train", [new(1, "dog"), new(2, "car")]);
        Assert.Equal([0, 1], train[0].Annotations.Select(a => a.Category));
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "train", [new(1, "dog")]));
        Assert.Contains("'car' is not in the class list", error.Message);
        Assert.Equal(1, Dataset.Open(_folder.Root, "val", [new(1, "car")]).Count); // val has no dog, so nothing is lost
    }

    [Fact]
    public void A_missing_picture_is_an_error()
    {
        _folder.GoodCoco();
        File.Delete(_folder["train2017/9.png"]);
        Assert.Contains("9.png of image 9 is not in", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "train")).Message);
    }
}
