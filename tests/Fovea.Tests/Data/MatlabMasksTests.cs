using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Tests.Data.Reading;

namespace Fovea.Tests.Data;

/// <summary>SIFT Flow and SBD in their published layouts, each made small.</summary>
public sealed class MatlabMasksTests : IDisposable
{
    private const string Inner = "spatial_envelope_256x256_static_8outdoorcategories";
    private static readonly MatBytes Mat = new();

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Open(string split) => Dataset.Open(_folder.Root, split);

    private string[] Names(string split)
    {
        IDataset data = Open(split);
        return [.. Enumerable.Range(0, data.Count).Select(i => Path.GetFileNameWithoutExtension(data[i].Path))];
    }

    private void Write(string name, byte[] data)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], data);
    }

    private void AddSiftFlow(string name, byte[]? semantic = null, byte[]? geometric = null)
    {
        _folder.Picture($"Images/{Inner}/{name}.png", 2, 2, seed: name.Sum(c => c));
        Write($"SemanticLabels/{Inner}/{name}.mat", Mat.File(Mat.Zip(Mat.Bytes("S", 2, 2, semantic ?? [0, 1, 33, 6]))));
        Write($"GeoLabels/{Inner}/{name}.mat", Mat.File(Mat.Array(MatBytes.DoubleClass, "S", [2, 2],
            Mat.Numbers(MatBytes.Int16, 2, [.. (geometric ?? [1, 255, 2, 3]).Select(v => v == 255 ? -1L : v)]))));
    }

    [Fact]
    public void SIFT_Flow_tells_semantic_and_geometric_classes()
    {
        foreach (string name in (string[])["sift_semantic.mat", "sift_geometric.mat"])
            Write($"{(name.Contains("sem") ? "SemanticLabels" : "GeoLabels")}/{Inner}/coast_a.mat",
                File.ReadAllBytes(MatFileTests.Golden(name)));
        _folder.Picture($"Images/{Inner}/coast_a.png", 3, 4);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.SiftFlow, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "trainval"], layout.Splits);
        IDataset data = Open("trainval");
        Assert.Equal([new(1, "awning"), new(2, "balcony"), new(3, "bird")], data.Categories);          // the file's own names
        Assert.Equal([new(1, "sky"), new(2, "horizontal"), new(3, "vertical")], data.SecondCategories);
        Sample sample = data.Load(0);
        Assert.Equal([255, 0, 1, 2, 2, 1, 0, 255, 0, 0, 1, 1], sample.Labels!.Labels);
        Assert.Equal([255, 0, 1, 2, 2, 1, 0, 255, 0, 0, 1, 1], sample.SecondLabels!.Labels);

        AddSiftFlow("coast_b", [0, 1, 2, 3]); // lists no names
        Assert.Equal([255, 0, 1, 2], Open("trainval").Load(1).Labels!.Labels);
        Write($"SemanticLabels/{Inner}/coast_b.mat", Mat.File(Mat.Bytes("S", 2, 2, 1, 1, 1, 1),
            Mat.Array(MatBytes.CellClass, "names", [1, 1], Mat.Array(4, "", [1, 3], Mat.Element(16, "sea"u8.ToArray())))));
        Assert.Contains("its classes are sea, but the data set's are awning, balcony, bird",
            Assert.Throws<DataException>(() => Open("trainval").Load(1)).Message);
    }

    [Fact]
    public void SIFT_Flow_has_33_and_3_classes_where_its_files_name_none_and_takes_its_splits_from_lists()
    {
        foreach (string name in (string[])["a", "b", "c", "d", "e", "f", "highway_bost181", "street_urb506"]) AddSiftFlow(name);
        _folder.Write("TestSet1.txt", $"{Inner}\\b.jpg\r\n{Inner}/e.jpg\r\n");
        _folder.Write("classes.txt", "Semantic and geometric segmentation classes for scenes.\n"); // as FCN's authors have it
        Assert.Equal(["train", "val", "trainval", "test"], Dataset.Recognise(_folder.Root).Splits);
        IDataset data = Open("trainval");
        Assert.Equal((33, "awning", "window", 3),
            (data.Categories.Count, data.Categories[0].Name, data.Categories[32].Name, data.SecondCategories.Count));
        Assert.Equal([255, 0, 32, 5], data.Load(0).Labels!.Labels);
        Assert.Equal([0, 1, 255, 2], data.Load(0).SecondLabels!.Labels);
        Assert.Equal(["a", "c", "d", "f"], Names("trainval"));
        Assert.Equal(["b", "e"], Names("test"));
        Assert.Equal((3, 1), (Names("train").Length, Names("val").Length));
        Assert.Equal(["a", "c", "d", "f"], Names("train").Concat(Names("val")).Order());
        Assert.Contains("highway_bost181 and street_urb506 have no labels and are left out.", DataCheck.Run(_folder.Root).Notes);

        _folder.Write("val.txt", "c\nf\n");
        Assert.Equal(["c", "f"], Names("val"));
        Assert.Equal(["a", "d"], Names("train"));
        _folder.Write("trainval.txt", "a\nb\nc\nhighway_bost181\n");
        _folder.Write("test.txt", "d\n");
        Assert.Equal(["a", "b", "c", "highway_bost181"], Names("trainval"));
        Assert.Equal(["d"], Names("test"));
        Assert.Equal(["a", "b", "highway_bost181"], Names("train"));
        _folder.Write("test.txt", "nowhere\n");
        Assert.Contains("test.txt:1: there is no picture nowhere", Assert.Throws<DataException>(() => Open("test")).Message);
        _folder.Write("test.txt", "d\nd.jpg\n");
        Assert.Contains("test.txt:2: 'd' is listed twice", Assert.Throws<DataException>(() => Open("test")).Message);
        File.Delete(_folder[$"GeoLabels/{Inner}/d.mat"]);
        _folder.Write("test.txt", "d\n");
        Assert.Contains($"has no mask: there is no {_folder[$"GeoLabels/{Inner}/d.mat"]}",
            Assert.Throws<DataException>(() => Open("test")).Message);
    }

    [Fact]
    public void SIFT_Flow_is_checked_and_described_with_both_maps()
    {
        foreach (string name in (string[])["a", "b", "c", "d", "e"]) AddSiftFlow(name, [1, 1, 2, 2]);
        AddSiftFlow("a", [1, 1, 2, 34], [1, 1, 4, 3]);
        Finding[] wrong = [.. DataCheck.Run(_folder.Root).Findings.Where(f => f.Kind == FindingKind.WrongLabel)];
        Assert.Equal([_folder[$"GeoLabels/{Inner}/a.mat"], _folder[$"SemanticLabels/{Inner}/a.mat"]],
            wrong.Select(f => f.Location.File).Order());
        Assert.Contains(wrong, f =>
            f.Message.Contains("value 4, the first in row 0, column 1 (from 0), which is no class. The classes are 1 sky"));
        AddSiftFlow("a", [1, 1, 2, 0]);
        Assert.DoesNotContain(DataCheck.Run(_folder.Root).Findings, f => f.Kind is FindingKind.WrongLabel or FindingKind.UnreadableMask);
        SplitInfo split = DataInfo.Of(_folder.Root).Splits.Single(s => s.Name == "trainval");
        Assert.Equal((19, 1), (split.Labels!.Labelled, split.Labels.Ignored));
        Assert.Equal((15, 5), (split.SecondLabels!.Labelled, split.SecondLabels.Ignored));
        Assert.Equal([5, 5, 5], split.SecondLabels.Classes.Select(c => c.Pixels));
    }

    [Theory]
    [InlineData("")]
    [InlineData("dataset/")]
    [InlineData("benchmark_RELEASE/dataset/")]
    public void SBD_has_structures_with_a_matrix_and_lists(string inner)
    {
        foreach (string name in (string[])["2008_000002", "2008_000003", "2008_000007"])
        {
            _folder.Picture($"{inner}img/{name}.png", 2, 3, seed: name[^1]);
            Write($"{inner}cls/{name}.mat", File.ReadAllBytes(MatFileTests.Golden("sbd.mat")));
        }
        Assert.Equal(["all"], Dataset.Recognise(_folder.Root).Splits);
        Assert.Equal(3, Open("all").Count);
        _folder.Write($"{inner}train.txt", "2008_000003\n2008_000002\n");
        _folder.Write($"{inner}val.txt", "2008_000007\n");
        _folder.Write($"{inner}train_noval.txt", "2008_000002\n");
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.Sbd, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "train_noval"], layout.Splits);
        Assert.Equal(["2008_000003", "2008_000002"], Names("train"));
        IDataset train = Open("train");
        Assert.Equal((21, "background", "tvmonitor", 0),
            (train.Categories.Count, train.Categories[0].Name, train.Categories[20].Name, train.SecondCategories.Count));
        Assert.Equal([0, 15, 15, 20, 0, 1], train.Load(1).Labels!.Labels);
        Assert.Null(train.Load(1).SecondLabels);
        File.Delete(_folder[$"{inner}cls/2008_000007.mat"]);
        Assert.Contains("val.txt:1: picture", Assert.Throws<DataException>(() => Open("val")).Message);
        _folder.Write($"{inner}val.txt", "../2008_000003\n");
        Assert.Contains("there is no picture ../2008_000003", Assert.Throws<DataException>(() => Open("val")).Message);
    }

    [Fact]
    public void A_matrix_of_other_things_is_refused()
    {
        _folder.Picture("img/a.png", 1, 2);
        (byte[] Variable, string Message)[] faults =
        [
            (Mat.Bytes("x", 1, 2, 1, 1), "it has no variable 'GTcls'; it has x"),
            (Mat.Bytes("GTcls", 1, 2, 1, 1), "'GTcls' is a uint8 array of 1 x 2 at byte 136; a structure with the field 'Segmentation'"),
            (Structure("Other", Mat.Bytes("", 1, 2, 1, 1)), "'GTcls' has no field 'Segmentation'; it has Other"),
            (Structure("Segmentation", Mat.Array(MatBytes.UInt8Class, "", [1, 2, 1], Mat.Element(MatBytes.UInt8, [1, 1]))),
                "array of 1 x 2 x 1 at byte"),
            (Structure("Segmentation", Mat.Bytes("", 1, 1, 1)), "the mask is 1 x 1 (height x width), but its picture"),
            (Structure("Segmentation", Mat.Array(MatBytes.DoubleClass, "", [1, 2], Mat.Numbers(MatBytes.Int16, 2, 1, 300))),
                "has 300 in row 0, column 1"),
            (Structure("Segmentation", Mat.Bytes("", 1, 2, 1, 21)), "1 pixels have the value 21, the first in row 0, column 1"),
        ];
        foreach ((byte[] variable, string message) in faults)
        {
            Write("cls/a.mat", Mat.File(variable));
            DataException error = Assert.Throws<DataException>(() => Open("all").Load(0));
            Assert.Equal(_folder["cls/a.mat"], error.Location.File);
            Assert.Contains(message, error.Message);
            Assert.False(DataCheck.Run(_folder.Root).IsClean);
        }
        byte[] half = BitConverter.GetBytes(1.5);
        Write("cls/a.mat", Mat.File(Structure("Segmentation",
            Mat.Array(MatBytes.DoubleClass, "", [1, 2], Mat.Element(MatBytes.Double, [.. half, .. half])))));
        Assert.Contains("has 1.5 in row 0, column 0 (from 0)", Assert.Throws<DataException>(() => Open("all").Load(0)).Message);

        static byte[] Structure(string field, byte[] value) => Mat.Array(MatBytes.StructClass, "GTcls", [1, 1],
            Mat.Numbers(MatBytes.Int32, 4, 32), Mat.Element(1, [.. System.Text.Encoding.ASCII.GetBytes(field.PadRight(32, '\0'))]), value);
    }
}
