using Fovea.Data;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class ImageFolderDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Open(string split, IReadOnlyList<Category>? categories = null) => Dataset.Open(_folder.Root, split, categories);

    private string[] Names(string split)
    {
        IDataset data = Open(split);
        return [.. Enumerable.Range(0, data.Count).Select(i => Path.GetRelativePath(_folder.Root, data[i].Path))];
    }

    private string Refused(string split = "train") => Assert.Throws<DataException>(() => Open(split)).Message;

    [Fact]
    public void Splits_hold_folders_of_classes_as_ImageNet_is_unpacked()
    {
        _folder.Picture("train/n02/b.png", 10, 20, seed: 1);
        _folder.Picture("train/n02/a.png", 12, 20, seed: 2);
        _folder.Picture("train/n01/deep/er/c.png", seed: 3);
        _folder.Picture("val/n03/d.png", seed: 4);
        _folder.Picture("test/n02/e.png", seed: 5);
        _folder.Write("train/n01/notes.txt", "");
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal(DatasetFormat.Folders, layout.Format);
        Assert.Equal(["train", "val", "test"], layout.Splits);
        Assert.True(layout.IsOfWholePictures);

        IDataset train = Open("train"), val = Open("val");
        Assert.Equal([new(1, "n01"), new(2, "n02"), new(3, "n03")], train.Categories);
        Assert.Equal(train.Categories, val.Categories);
        Assert.Equal(["train/n01/deep/er/c.png", "train/n02/a.png", "train/n02/b.png"], Names("train"));
        Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(i => train.CategoryOf(i)));
        Assert.Equal(2, val[0].Category);
        ImageRecord record = train[2];
        Assert.Equal((2, new ImageSize(10, 20), 1), (record.Id, record.Size, record.Category));
        Assert.Empty(record.Annotations);
        Sample sample = train.Load(1);
        Assert.Equal((new ImageSize(12, 20), 1), (sample.Image.Size, sample.Record.Category));
        Assert.Equal(Image.Load(record.Path).Pixels, train.Load(2).Image.Pixels);
    }

    [Fact]
    public void Without_splits_one_in_five_of_each_class_is_for_validation_by_its_name_alone()
    {
        for (int i = 0; i < 20; i++) _folder.Picture($"cat/{i}.png", 2, 2, i);
        for (int i = 0; i < 10; i++) _folder.Picture($"dog/{i}.png", 2, 2, 100 + i);
        Assert.Equal(["train", "val", "trainval"], Dataset.Recognise(_folder.Root).Splits);
        string[] train = Names("train"), val = Names("val");
        Assert.Equal(4, val.Count(name => name.StartsWith("cat/", StringComparison.Ordinal)));
        Assert.Equal(2, val.Count(name => name.StartsWith("dog/", StringComparison.Ordinal)));
        Assert.Empty(train.Intersect(val));
        Assert.Equal(Names("trainval").Order(), train.Concat(val).Order());
        Assert.NotEqual(["cat/0.png", "cat/1.png", "cat/10.png", "cat/11.png"], val[..4]); // not simply the first ones

        _folder.Picture("cow/0.png", 2, 2, 200); // another class moves nothing; another picture at most one
        Assert.Equal(val, Names("val"));
        _folder.Picture("dog/10.png", 2, 2, 201);
        Assert.True(val.Except(Names("val")).Count() <= 1);
    }

    [Fact]
    public void A_train_folder_without_val_is_shared_out_and_test_is_left_alone()
    {
        for (int i = 0; i < 10; i++) _folder.Picture($"train/cat/{i}.png", 2, 2, i);
        _folder.Picture("train/dog/0.png", 2, 2, 20);
        _folder.Picture("test/cat/0.png", 2, 2, 30);
        Assert.Equal(["train", "val", "trainval", "test"], Dataset.Recognise(_folder.Root).Splits);
        Assert.Equal((9, 2, 11, 1), (Names("train").Length, Names("val").Length, Names("trainval").Length, Names("test").Length));
        Assert.All(Names("val"), name => Assert.StartsWith("train/cat/", name));
        Assert.Contains(Names("train"), name => name == "train/dog/0.png");
    }

    [Theory]
    [InlineData("valid")]
    [InlineData("validation")]
    public void Validation_folders_of_other_names_are_splits_too(string name)
    {
        _folder.Picture("train/cat/0.png");
        _folder.Picture($"{name}/cat/0.png", seed: 1);
        Assert.Equal(["train", name], Dataset.Recognise(_folder.Root).Splits);
    }

    [Fact]
    public void A_class_list_decides_the_order_and_is_kept_to()
    {
        _folder.Picture("train/cat/0.png");
        _folder.Picture("val/dog/0.png", seed: 1);
        _folder.Write("classes.txt", "dog\ncat\ncow\n");
        Assert.Equal([new(1, "dog"), new(2, "cat"), new(3, "cow")], Open("train").Categories);
        Assert.Equal(1, Open("train").CategoryOf(0));
        _folder.Picture("train/catt/0.png", seed: 2);
        Assert.Contains("'cat' was probably meant", Refused());
    }

    [Fact]
    public void A_given_class_list_is_matched_by_name()
    {
        _folder.Picture("train/cat/0.png");
        _folder.Picture("val/dog/0.png", seed: 1);
        Assert.Equal(1, Open("val", [new(7, "cow"), new(9, "dog")]).CategoryOf(0));
        Assert.Contains("'dog' is not in the class list: cow", Assert.Throws<DataException>(() => Open("val", [new(7, "cow")])).Message);
    }

    [Fact]
    public void Pictures_that_cannot_be_read_are_not_passed_over()
    {
        _folder.Picture("train/cat/0.png");
        _folder.Write("train/cat/1.bmp", "BM");
        Assert.Contains(_folder["train/cat/1.bmp"], Refused());
    }

    [Fact]
    public void What_may_be_split_or_class_is_not_guessed()
    {
        _folder.Picture("train/express/0.png");
        _folder.Picture("car/0.png", seed: 1);
        Assert.Contains("looks like a split, and car/", Refused());
    }

    [Fact]
    public void Pictures_without_classes_are_no_such_data_set()
    {
        _folder.Picture("train/0.png");
        _folder.Picture("val/0.png", seed: 1);
        Assert.Contains("CLASS/a.jpg", Refused());
    }

    [Fact]
    public void Hashes_of_names_are_the_same_everywhere()
    {
        bool[] isVal = ShareOut.ByName([.. Enumerable.Range(0, 15).Select(i => $"cat/picture {i}.jpg")]);
        Assert.Equal([0, 3, 9], Enumerable.Range(0, 15).Where(i => isVal[i]));
        Assert.Equal([false], ShareOut.ByName(["a"]));
        Assert.Equal(1, ShareOut.ByName(["a", "b", "c"]).Count(v => v));
    }
}
