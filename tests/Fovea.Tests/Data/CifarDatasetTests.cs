using System.Text;
using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Tests.Data;

public sealed class CifarDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Write(string name, byte[] data)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], data);
    }

    /// <summary>Ten training pictures, two in each batch, with labels 0, 1, 2, 0, 1, 2, ...; one test picture of label 1.</summary>
    private void Write(string version)
    {
        byte[] Two(int batch) => [(byte)(2 * batch % 3), (byte)((2 * batch + 1) % 3)];
        byte[] ten = [.. Enumerable.Range(0, 10).Select(i => (byte)(i % 3))];
        switch (version)
        {
            case "cifar-10-batches-bin":
                for (int i = 0; i < 5; i++)
                    Write($"{version}/data_batch_{i + 1}.bin",
                        PackedBytes.CifarBinary(2 * i, [.. Two(i).Select(label => new[] { label })]));
                Write($"{version}/test_batch.bin", PackedBytes.CifarBinary(50, [1]));
                Write($"{version}/batches.meta.txt", "airplane\ncar\nbird\n\n"u8.ToArray());
                break;
            case "cifar-10-batches-py":
                for (int i = 0; i < 5; i++)
                    Write($"{version}/data_batch_{i + 1}", PackedBytes.CifarPickle(2 * i, Two(i), columnsFirst: i == 3));
                Write($"{version}/test_batch", PackedBytes.CifarPickle(50, [1]));
                Write($"{version}/batches.meta", PackedBytes.NamesPickle("label_names", "airplane", "car", "bird"));
                break;
            case "cifar-100-binary": // coarse labels, 9 here, before fine ones
                Write($"{version}/train.bin", PackedBytes.CifarBinary(0, [.. ten.Select(label => new byte[] { 9, label })]));
                Write($"{version}/test.bin", PackedBytes.CifarBinary(50, [9, 1]));
                Write($"{version}/fine_label_names.txt", "airplane\ncar\nbird\n"u8.ToArray());
                break;
            default:
                Write($"{version}/train", PackedBytes.CifarPickle(0, ten, "fine_labels"));
                Write($"{version}/test", PackedBytes.CifarPickle(50, [1], "fine_labels"));
                Write($"{version}/meta", PackedBytes.NamesPickle("fine_label_names", "airplane", "car", "bird"));
                break;
        }
    }

    private string Refused(string folder, string split = "train")
    {
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder[folder], split));
        Assert.StartsWith(_folder.Root, error.Location.File);
        Assert.StartsWith(error.Location.ToString(), error.Message);
        return error.Reason;
    }

    [Theory]
    [InlineData("cifar-10-batches-bin")]
    [InlineData("cifar-10-batches-py")]
    [InlineData("cifar-100-binary")]
    [InlineData("cifar-100-python")]
    public void Every_published_version_is_read(string version)
    {
        Write(version);
        foreach (string root in new[] { _folder.Root, _folder[version] })
        {
            Assert.Equal(DatasetFormat.Cifar, Dataset.Recognise(root).Format);
            IDataset train = Dataset.Open(root, "train"), val = Dataset.Open(root, "val"), test = Dataset.Open(root, "test");
            Assert.Equal((9, 1, 10, 1), (train.Count, val.Count, Dataset.Open(root, "trainval").Count, test.Count));
            Assert.Equal([new(0, "airplane"), new(1, "car"), new(2, "bird")], train.Categories);
            Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], Enumerable.Range(0, 9).Select(i => train.CategoryOf(i)!.Value));
            Assert.Equal((0, 1), (val.CategoryOf(0), test.CategoryOf(0)));
            Expect(6, train.Load(6));
            Expect(7, train.Load(7)); // the second of the file whose columns come first
            Expect(9, val.Load(0));
            Expect(50, test.Load(0));
        }
    }

    private static void Expect(int picture, Sample sample)
    {
        Assert.Equal(new ImageSize(32, 32), sample.Image.Size);
        for (int i = 0; i < 3072; i++)
            if (sample.Image.Pixels[i] != PackedBytes.Pixel(picture, i % 3, i / 3)) Assert.Fail($"picture {picture}, value {i}");
    }

    [Fact]
    public void Ten_and_hundred_classes_in_one_folder_are_not_guessed()
    {
        Write("cifar-10-batches-py");
        Write("cifar-10-batches-bin");
        Assert.Equal(["train", "val", "trainval", "test"], Dataset.Recognise(_folder.Root).Splits); // one data set, twice
        Write("cifar-100-python");
        Assert.Contains("Name the folder of one", Assert.Throws<DataException>(() => Dataset.Recognise(_folder.Root)).Message);
    }

    [Fact]
    public void Damaged_binary_files_are_refused_with_the_place()
    {
        const string folder = "cifar-10-batches-bin";
        Write(folder);
        byte[] batch = File.ReadAllBytes(_folder[$"{folder}/data_batch_2.bin"]);
        Write($"{folder}/data_batch_2.bin", batch[..^1]);
        Assert.Contains("after byte 3073, where picture 1 begins, 3072 are left", Refused(folder));
        Write($"{folder}/data_batch_2.bin", []);
        Assert.Contains("0 bytes", Refused(folder));
        Write($"{folder}/data_batch_2.bin", PackedBytes.CifarBinary(0, [2], [3]));
        Assert.Contains("picture 1 has label 3, but 3 classes are named", Refused(folder));
        File.Delete(_folder[$"{folder}/data_batch_2.bin"]);
        Assert.Contains("the file is missing", Refused(folder));
        File.Delete(_folder[$"{folder}/batches.meta.txt"]);
        Assert.Contains("names the classes", Refused(folder));
    }

    [Fact]
    public void Pickles_that_hold_something_else_are_refused_and_run_nothing()
    {
        const string folder = "cifar-100-python";
        Write(folder);
        byte[] train = File.ReadAllBytes(_folder[$"{folder}/train"]);
        foreach ((byte[] data, string message) in new[]
        {
            (train[..^40], "the pickle"), ("cos\nsystem\n(U\x04trueetR."u8.ToArray(), "'os.system'"),
            ([.. train, 0], "goes on for 1 bytes"),
            (PackedBytes.CifarPickle(0, [1], "labels"), "no list 'fine_labels' of 1 labels, but nothing"),
            (PackedBytes.NamesPickle("data", "a"), "no array 'data'"), ("\u0002"u8.ToArray(), "opcode 0x02"), ([], "the pickle"),
            (Replaced(train, "u1", "i1"), "type 'i1'"), (Replaced(train, "numpy\nndarray", "numpy\nmatrixy"), "'numpy.matrixy'"),
            (Replaced(train, "data", "Data"), "nothing under that name"),
        })
        {
            Write($"{folder}/train", data);
            Assert.Contains(message, Refused(folder));
        }
        Write($"{folder}/meta", PackedBytes.NamesPickle("fine_label_names"));
        Assert.Contains("'fine_label_names' of 1 to 256 names", Refused(folder));
    }

    private static byte[] Replaced(byte[] data, string from, string to) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(data).Replace(from, to, StringComparison.Ordinal));
}
