using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>A mask in a MATLAB file: a matrix of whole numbers from 0 to 255, or -1 where a pixel belongs to no class.</summary>
/// <param name="Name">The file.</param>
/// <param name="Variable">Its variable: the matrix, or a structure that has it.</param>
/// <param name="Field">The structure's field; null where the variable is the matrix.</param>
internal sealed record MatMask(string Name, string Variable, string? Field = null) : MaskSource(Name)
{
    /// <summary>The classes that the file must list in its variable "names", if it lists any; null for whatever it lists.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>The names that a file lists in its variable "names"; null where it lists none, or cannot be read.</summary>
    public static IReadOnlyList<string>? NamesIn(string path)
    {
        try
        {
            return NamesIn(MatFile.Read(path));
        }
        catch (DataException)
        {
            return null; // whoever reads the mask is told of it
        }
    }

    public override IndexMap Read()
    {
        MatFile file = MatFile.Read(Name);
        if (Classes is not null && NamesIn(file) is { } names && !names.SequenceEqual(Classes))
            throw file.Wrong($"its classes are {OneLine.Shorten(string.Join(", ", names))}, but the data set's are " +
                $"{OneLine.Shorten(string.Join(", ", Classes))}: they must be the same, in the same order");
        MatArray array = file[Variable];
        if (Field is not null) array = FieldOf(array, Field, file);
        return array is MatNumbers { Imaginary: null, Dimensions: [> 0, > 0] } matrix ? ToMap(matrix, file)
            : throw file.Wrong($"'{Field ?? Variable}' is {array.Describe()} at {array.Place}; a matrix with a number for each pixel was " +
                "expected");
    }

    private MatArray FieldOf(MatArray array, string field, MatFile file)
    {
        if (array is not MatStruct { Count: 1 } structure)
            throw file.Wrong($"'{Variable}' is {array.Describe()} at {array.Place}; a structure with the field '{field}' was expected");
        return structure.Fields.TryGetValue(field, out MatArray[]? values) ? values[0]
            : throw file.Wrong($"'{Variable}' has no field '{field}'; it has {OneLine.Shorten(string.Join(", ", structure.Fields.Keys))}");
    }

    // MATLAB stores column by column.
    private IndexMap ToMap(MatNumbers matrix, MatFile file)
    {
        var size = new ImageSize(matrix.Dimensions[0], matrix.Dimensions[1]);
        if (size.Pixels > ImageLimits.Default.MaxPixels)
            throw file.Wrong($"'{Field ?? Variable}' is {size}; at most {ImageLimits.Default.MaxPixels:N0} pixels are read");
        byte[] values = GC.AllocateUninitializedArray<byte>(matrix.Real.Count);
        for (int x = 0, i = 0; x < size.Width; x++)
            for (int y = 0; y < size.Height; y++, i++)
            {
                double value = matrix.Real[i];
                if (!(value is >= -1 and <= byte.MaxValue) || value != Math.Floor(value))
                    throw file.Wrong(FormattableString.Invariant(
                        $"'{Field ?? Variable}' has {value} in row {y}, column {x} (from 0), which is no whole number from -1 to 255"));
                values[y * size.Width + x] = value < 0 ? SegmentationMap.Ignore : (byte)value;
            }
        return new IndexMap(size, values);
    }

    private static string[]? NamesIn(MatFile file) =>
        file.Variables.GetValueOrDefault("names") is MatCells { Cells: { Count: > 0 } cells } && cells.All(cell => cell is MatText)
            ? [.. cells.Select(cell => ((MatText)cell).Characters.Trim())] : null;
}
