using System.Text;
using Fovea.Data;
using Fovea.Data.Checking;
using FsCheck;
using FsCheck.Fluent;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data.Reading;

/// <summary>Valid files with random bytes changed, inserted, removed or repeated: opened, or refused with a
/// <see cref="DataException"/> that names the file; and the check, which must never throw, agrees.</summary>
public sealed class MutationTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Voc_files()
    {
        _folder.GoodVoc();
        Mutate(_folder["Annotations/a.xml"], "train", Encoding.UTF8.GetBytes(VocText("a",
            Object("car", "1", "2.5", "64", "48", "<difficult>0</difficult>") + Object("dog", 10, 10, 20, 30))));
    }

    [Fact]
    public void Voc_lists()
    {
        _folder.GoodVoc();
        Mutate(_folder["ImageSets/Main/train.txt"], "train", "a\nb\n"u8.ToArray());
    }

    [Fact]
    public void Coco_files()
    {
        _folder.GoodCoco();
        Mutate(_folder["annotations/instances_train2017.json"], "train2017", File.ReadAllBytes(_folder["annotations/instances_train2017.json"]));
    }

    private void GoodYolo()
    {
        _folder.Picture("images/train/a.png");
        _folder.Write("labels/train/a.txt", "");
        _folder.Write("data.yaml", "names: [car, dog]\n");
    }

    [Fact]
    public void Yolo_labels()
    {
        GoodYolo();
        Mutate(_folder["labels/train/a.txt"], "train", "0 0.5 0.25 0.125 0.5\n1 0.1 0.1 0.5 0.1 0.25 0.75 1e-1 1\n"u8.ToArray());
    }

    [Fact]
    public void Yolo_configurations()
    {
        GoodYolo();
        Mutate(_folder["data.yaml"], "train", "nc: 2\nkpt_shape: [2, 3]\nflip_idx: [1, 0]\nnames:\n  0: car\n  1: \"dog\"\nkpt_names:\n  0: [a, b]\n"u8.ToArray());
    }

    [Fact]
    public void LabelMe_files()
    {
        const string Good = """
            {"version": "5.4.1", "shapes": [{"label": "car", "points": [[1, 2.5], [30, 2], [9, 17]], "group_id": 3, "shape_type": "polygon"},
            {"label": "nose", "points": [[4, 5]], "group_id": 3, "shape_type": "point", "flags": {"hidden": true}}],
            "imagePath": "a.png", "imageHeight": 48, "imageWidth": 64}
            """;
        foreach (string stem in (string[])["a", "b"]) // the second one tells what the folder is
        {
            _folder.Picture($"train/{stem}.png");
            _folder.Write($"train/{stem}.json", Good.Replace("a.png", $"{stem}.png"));
        }
        Mutate(_folder["train/a.json"], "train", Encoding.UTF8.GetBytes(Good));
    }

    [Fact]
    public void Mnist_labels()
    {
        File.WriteAllBytes(_folder["train-images-idx3-ubyte"], PackedBytes.Idx([12, 1, 1], new byte[12]));
        Mutate(_folder["train-labels-idx1-ubyte"], "train", PackedBytes.Idx([12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]));
    }

    [Fact]
    public void Mnist_pictures()
    {
        byte[] labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], pixels = [.. Enumerable.Range(0, 144).Select(i => (byte)i)];
        File.WriteAllBytes(_folder["train-labels-idx1-ubyte.gz"], PackedBytes.Gzip(PackedBytes.Idx([12], labels)));
        Mutate(_folder["train-images-idx3-ubyte.gz"], "train", PackedBytes.Gzip(PackedBytes.Idx([12, 3, 4], pixels)));
    }

    [Fact]
    public void Pickles_of_CIFAR()
    {
        File.WriteAllBytes(_folder["train"], PackedBytes.CifarPickle(0, [0, 1], "fine_labels"));
        Mutate(_folder["meta"], "train", PackedBytes.NamesPickle("fine_label_names", "cat", "dog", "cow"));
    }

    private void Mutate(string file, string split, byte[] valid)
    {
        var check = new DataCheckOptions { DecodePictures = false };
        int refused = 0, accepted = 0;
        Prop.ForAll(Mutants(valid).ToArbitrary(), mutant =>
        {
            File.WriteAllBytes(file, mutant);
            DataCheckReport report = DataCheck.Run(_folder.Root, check); // must not throw
            try
            {
                IDataset set = Dataset.Open(_folder.Root, split);
                for (int i = 0; i < set.Count; i++)
                    Assert.All(set[i].Annotations, a => Assert.InRange(a.Category, 0, set.Categories.Count - 1));
                accepted++;
            }
            catch (DataException e)
            {
                refused++;
                Assert.StartsWith(_folder.Root, e.Location.File);
                Assert.StartsWith(e.Location.ToString(), e.Message);
                Assert.DoesNotContain('\n', e.Reason);
                Assert.False(report.IsClean, e.Message);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(20_240_601, 7));
        Assert.True(refused > 20 && accepted > 0, $"{refused} refused, {accepted} accepted");
    }

    private static Gen<byte[]> Mutants(byte[] valid) =>
        from count in Gen.Choose(1, 4)
        from edits in Gen.ListOf(
            from kind in Gen.Choose(0, 4)
            from at in Gen.Choose(0, valid.Length - 1)
            from length in Gen.Choose(1, 30)
            from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(Encoding.ASCII.GetBytes("<>/&![]{}:,\"\\.-eN09").Select(b => (int)b).ToArray()))
            select (kind, at, length, (byte)value), count)
        select edits.Aggregate(valid, Edit);

    private static byte[] Edit(byte[] data, (int Kind, int At, int Length, byte Value) edit)
    {
        if (data.Length == 0) return data;
        int at = edit.At % data.Length, end = Math.Min(at + edit.Length, data.Length);
        return edit.Kind switch
        {
            0 => [.. data[..at], edit.Value, .. data[(at + 1)..]],
            1 => [.. data[..at], edit.Value, .. data[at..]],
            2 => [.. data[..at], .. data[end..]],
            3 => [.. data[..end], .. data[at..]],
            _ => data[..at],
        };
    }
}
