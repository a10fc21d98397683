using System.Text.Json;
using Fovea.Data;
using Fovea.Data.Reading;

namespace Fovea.Tests.Data.Reading;

/// <summary>MATLAB files that SciPy wrote (goldens/matlab/make_mat.py), and hostile ones made byte by byte.</summary>
public sealed class MatFileTests : IDisposable
{
    private static readonly MatBytes Mat = new();

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static string Golden(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder, "tests", "goldens", "matlab", name);
    }

    private static double[] Values(MatArray array)
    {
        MatValues real = Assert.IsType<MatNumbers>(array).Real;
        return [.. Enumerable.Range(0, real.Count).Select(i => real[i])];
    }

    private static string Text(MatArray array) => Assert.IsType<MatText>(array).Characters;

    [Theory]
    [InlineData("classes.mat")]
    [InlineData("classes_compressed.mat")]
    public void Numbers_of_every_class_are_what_SciPy_wrote(string name)
    {
        MatFile file = MatFile.Read(Golden(name));
        using JsonDocument answers = JsonDocument.Parse(File.ReadAllBytes(Golden("mat.json")));
        int arrays = 0;
        foreach (JsonProperty expected in answers.RootElement.GetProperty("classes").EnumerateObject())
        {
            MatNumbers array = Assert.IsType<MatNumbers>(file[expected.Name]);
            Assert.Equal(expected.Value.GetProperty("dimensions").EnumerateArray().Select(v => v.GetInt32()), array.Dimensions);
            Assert.Equal(expected.Value.GetProperty("values").EnumerateArray().Select(v => v.GetDouble()), Values(array));
            if (expected.Name is not ("cube" or "empty")) Assert.Equal(expected.Name, array.Class);
            arrays++;
        }
        Assert.Equal(13, arrays);
        MatNumbers complex = Assert.IsType<MatNumbers>(file["complex"]);
        Assert.Equal([1, 3], Values(complex));
        Assert.Equal([2, -4], new[] { complex.Imaginary!.Value[0], complex.Imaginary.Value[1] });
        Assert.Null(Assert.IsType<MatNumbers>(file["double"]).Imaginary);
    }

    [Fact]
    public void Texts_cells_and_structures_are_what_SciPy_wrote()
    {
        MatFile file = MatFile.Read(Golden("classes_compressed.mat"));
        Assert.Equal(("café", "acbd", ""), (Text(file["text"]), Text(file["lines"]), Text(file["nothing"])));
        MatCells cells = Assert.IsType<MatCells>(file["cells"]);
        Assert.Equal([3, 1], cells.Dimensions);
        Assert.Equal("one", Text(cells.Cells[0]));
        Assert.Equal([7, 8], Values(cells.Cells[1]));
        Assert.Equal([9], Values(Assert.IsType<MatCells>(cells.Cells[2]).Cells[0]));
        MatStruct structure = Assert.IsType<MatStruct>(file["structure"]);
        Assert.Equal((1, "first second"), (structure.Count, string.Join(' ', structure.Fields.Keys)));
        Assert.Equal("deep", Text(Assert.IsType<MatStruct>(structure.Fields["second"][0]).Fields["inner"][0]));
        MatStruct table = Assert.IsType<MatStruct>(file["table"]);
        Assert.Equal([1, 3, 2.5, 4.5], [.. table.Fields["a"].SelectMany(Values), .. table.Fields["b"].SelectMany(Values)]);
    }

    [Fact]
    public void What_is_sparse_is_passed_over()
    {
        MatFile file = MatFile.Read(Golden("sparse.mat"));
        Assert.Equal([1, 2, 3], [.. Values(file["before"]), .. Values(file["after"])]);
        Assert.Equal("a sparse array of 3 x 3", Assert.IsType<MatUnread>(file["s"]).Describe());
    }

    [Fact]
    public void Either_byte_order_is_read_and_numbers_may_be_stored_in_a_smaller_type()
    {
        MatNumbers big = Assert.IsType<MatNumbers>(MatFile.Read(Golden("big_endian.mat"))["big"]);
        Assert.Equal(("double", MatType.Int16), (big.Class, big.Real.Type));
        Assert.Equal([1, -4, 2, 500, 3, 6], Values(big));
        foreach (bool isLittle in (bool[])[true, false])
        {
            var mat = new MatBytes(isLittle);
            byte[] number = mat.Array(MatBytes.DoubleClass, "x", [1, 2], mat.Numbers(MatBytes.Int16, 2, -3, 1000));
            Assert.Equal([-3, 1000], Values(Read(mat.File(mat.Zip(number)))["x"]));
        }
    }

    private MatFile Read(byte[] data)
    {
        File.WriteAllBytes(_folder["a.mat"], data);
        return MatFile.Read(_folder["a.mat"]);
    }

    private string Refusal(byte[] data)
    {
        DataException error = Assert.Throws<DataException>(() => Read(data));
        Assert.Equal(_folder["a.mat"], error.Location.File);
        Assert.StartsWith("this MATLAB file cannot be read: ", error.Reason);
        return error.Reason;
    }

    [Fact]
    public void Other_files_are_told_by_name()
    {
        Assert.Contains("version 7.3 (HDF5)", Refusal([0x89, .. "HDF\r\n\x1a\n"u8, .. new byte[200]]));
        byte[] later = Mat.File();
        later[125] = 2;
        Assert.Contains("version 7.3 (HDF5)", Refusal(later));
        later[125] = 7;
        Assert.Contains("state version 0700; 0100 was expected", Refusal(later));
        Assert.Contains("bytes 126 and 127 are 00 00; IM or MI was expected", Refusal(new byte[200]));
        Assert.Contains("ends after 4 bytes, within its header of 128", Refusal([1, 2, 3, 4]));
        Assert.Contains("it has no variable 'y'; it has x",
            Assert.Throws<DataException>(() => Read(Mat.File(Mat.Bytes("x", 1, 1, 5)))["y"]).Message);
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => MatFile.Read(_folder["missing.mat"])).Message);
    }

    [Fact]
    public void Lengths_beyond_the_file_are_refused_with_their_place()
    {
        byte[] good = Mat.Bytes("x", 2, 2, 1, 2, 3, 4);
        Assert.Contains("4,294,967,280 bytes are stated at byte 136, where only 8 are left",
            Refusal(Mat.File(Mat.Element(MatBytes.Matrix, new byte[8], 0xFFFFFFF0))));
        Assert.Contains("4 bytes are stated at byte 128, where only 3 are left", Refusal(Mat.File([14, 0, 0])));
        for (int length = 1; length < good.Length; length++) Refusal(Mat.File(good[..length]));     // wherever it is cut off
        Assert.Contains("an element of 4 bytes for 9 numbers of 1 at byte 184; 9 was expected",
            Refusal(Mat.File(Mat.Array(MatBytes.UInt8Class, "x", [3, 3], Mat.Element(MatBytes.UInt8, [1, 2, 3, 4])))));
        Assert.Contains("the dimensions at byte 152 are -1 x 3;", Refusal(Mat.File(Mat.Array(MatBytes.UInt8Class, "x", [-1, 3]))));
        Assert.Contains("are 65536 x 65536;", Refusal(Mat.File(Mat.Array(MatBytes.UInt8Class, "x", [65536, 65536]))));
        Assert.Contains("states 2,000,000,000 arrays, but only 0 bytes are left",
            Refusal(Mat.File(Mat.Array(MatBytes.CellClass, "x", [2_000_000, 1000]))));
        Assert.Contains("'x' is there twice, again at byte 200", Refusal(Mat.File(good, good)));
        Assert.Contains("is of class 60, which is not known", Refusal(Mat.File(Mat.Array(60, "x", [1, 1]))));
        Assert.Contains("is of type 9; variables are of type 14", Refusal(Mat.File(Mat.Element(MatBytes.Double, new byte[8]))));
        Assert.Contains("an element of type 2 at byte 136; array flags of type 6 was expected",
            Refusal(Mat.File(Mat.Element(MatBytes.Matrix, Mat.Element(MatBytes.UInt8, new byte[8])))));
    }

    [Fact]
    public void What_is_compressed_may_neither_lie_nor_be_a_bomb()
    {
        byte[] good = Mat.Bytes("x", 2, 2, 1, 2, 3, 4);
        Assert.Equal([1, 3, 2, 4], Values(Read(Mat.File(Mat.Zip(good)))["x"]));
        Assert.Contains("what is compressed at byte 136 is longer than the 72 bytes that it states",
            Refusal(Mat.File(Mat.Zip([.. good, .. new byte[5_000_000]]))));
        Assert.Contains("states 2,147,483,655 bytes, more than its",
            Refusal(Mat.File(Mat.Zip(Mat.Element(MatBytes.Matrix, new byte[100], int.MaxValue)))));
        Assert.Contains("states 5,008 bytes, but ends after 112",
            Refusal(Mat.File(Mat.Zip(Mat.Element(MatBytes.Matrix, new byte[100], 5000)))));
        Assert.Contains("what is compressed at byte 136 is damaged",
            Refusal(Mat.File(Mat.Element(MatBytes.Compressed, [1, 2, 3, 4, 5, 6, 7, 8]))));
        Assert.Contains("what is compressed at byte 136 ends early", Refusal(Mat.File(Mat.Zip([1, 2, 3]))));
        Assert.Contains("is of type 15", Refusal(Mat.File(Mat.Zip(Mat.Zip(good)))));                // compressed twice

        // Each 60 MiB of zeros takes 60 kB: four of them are read, the fifth is one too many.
        byte[] large = Mat.Zip(Mat.Array(MatBytes.UInt8Class, "", [60 << 20, 1], Mat.Element(MatBytes.UInt8, new byte[60 << 20])));
        Assert.Empty(Read(Mat.File(large, large, large, large)).Variables);                          // what has no name is none
        Assert.Contains("makes it 314,573,080 bytes; at most 268,435,456 are read", Refusal(Mat.File(large, large, large, large, large)));
    }

    [Fact]
    public void Arrays_lie_in_each_other_to_a_limited_depth_and_are_limited_in_number()
    {
        byte[] Nest(int depth) => depth == 0 ? Mat.Bytes("", 1, 1, 5) : Mat.Array(MatBytes.CellClass, "", [1, 1], Nest(depth - 1));
        byte[] Named(int depth) => Mat.Array(MatBytes.CellClass, "x", [1, 1], Nest(depth - 1));
        Assert.IsType<MatCells>(Read(Mat.File(Named(8)))["x"]);
        Assert.Contains("more than 8 deep at byte ", Refusal(Mat.File(Named(9))));
        Assert.Contains("more than 8 deep at byte ", Refusal(Mat.File(Named(1000))));
        byte[] empty = Mat.Element(MatBytes.Matrix, []);
        byte[] Many(int count) => Mat.Array(MatBytes.CellClass, "x", [count, 1], [.. Enumerable.Repeat(empty, count).SelectMany(e => e)]);
        Assert.Equal(65_535, Assert.IsType<MatCells>(Read(Mat.File(Many(65_535)))["x"]).Cells.Count);
        Assert.Contains("it has more than 65,536 arrays", Refusal(Mat.File(Many(65_536))));
        Assert.Contains("states 65,537 arrays; at most 65,536 are read", Refusal(Mat.File(Many(65_537))));
    }

    /// <summary>Valid files with bytes changed at random: read, or refused with a message; never anything else.</summary>
    [Fact]
    public void Damaged_files_are_refused()
    {
        var random = new Random(7);
        int refused = 0, read = 0;
        foreach (string name in (string[])["classes.mat", "sift_geometric.mat", "sbd.mat"])
        {
            byte[] valid = File.ReadAllBytes(Golden(name));
            for (int i = 0; i < 300; i++)
            {
                byte[] changed = [.. valid];
                for (int edits = random.Next(1, 4); edits > 0; edits--) changed[random.Next(120, changed.Length)] = (byte)random.Next(256);
                if (random.Next(3) == 0) changed = changed[..random.Next(changed.Length)];
                try
                {
                    Read(changed);
                    read++;
                }
                catch (DataException e)
                {
                    refused++;
                    Assert.StartsWith(_folder["a.mat"] + ": this MATLAB file cannot be read: ", e.Message);
                }
            }
        }
        Assert.True(refused > 200 && read > 20, $"{refused} refused, {read} read");
    }
}
