namespace Fovea.Data.Reading;

/// <summary>An array of a MATLAB file. Its elements are stored column by column: the first dimension runs fastest.</summary>
/// <param name="Dimensions">Rows, columns and so on, at least two numbers.</param>
/// <param name="Place">Where it begins, in words for messages.</param>
internal abstract record MatArray(IReadOnlyList<int> Dimensions, string Place)
{
    /// <summary>What it is, in words for messages.</summary>
    public abstract string Kind { get; }

    /// <summary>Kind and size, such as "a double array of 2 x 3".</summary>
    public string Describe() => $"{Kind} of {string.Join(" x ", Dimensions)}";
}

/// <summary>Numbers of any class, true and false among them.</summary>
/// <param name="Dimensions">As of every array.</param>
/// <param name="Place">As of every array.</param>
/// <param name="Class">MATLAB's name of the class, such as "uint8" or "logical".</param>
/// <param name="Real">The numbers, or their real parts. Whole numbers beyond 2^53 are rounded.</param>
/// <param name="Imaginary">The imaginary parts, or null.</param>
internal sealed record MatNumbers(IReadOnlyList<int> Dimensions, string Place, string Class, MatValues Real, MatValues? Imaginary)
    : MatArray(Dimensions, Place)
{
    public override string Kind => $"a {(Imaginary is null ? "" : "complex ")}{Class} array";
}

/// <summary>Characters.</summary>
/// <param name="Dimensions">As of every array.</param>
/// <param name="Place">As of every array.</param>
/// <param name="Characters">UTF-16, column by column.</param>
internal sealed record MatText(IReadOnlyList<int> Dimensions, string Place, string Characters) : MatArray(Dimensions, Place)
{
    public override string Kind => "a text";
}

/// <summary>Arrays of any kind.</summary>
/// <param name="Dimensions">As of every array.</param>
/// <param name="Place">As of every array.</param>
/// <param name="Cells">The arrays, column by column.</param>
internal sealed record MatCells(IReadOnlyList<int> Dimensions, string Place, IReadOnlyList<MatArray> Cells) : MatArray(Dimensions, Place)
{
    public override string Kind => "a cell array";
}

/// <summary>Structures of the same fields.</summary>
/// <param name="Dimensions">As of every array.</param>
/// <param name="Place">As of every array.</param>
/// <param name="Count">Number of structures.</param>
/// <param name="Fields">By the fields' names: an array for each structure.</param>
internal sealed record MatStruct(IReadOnlyList<int> Dimensions, string Place, int Count, IReadOnlyDictionary<string, MatArray[]> Fields)
    : MatArray(Dimensions, Place)
{
    public override string Kind => "a struct array";
}

/// <summary>An array of a class that is passed over: sparse, an object, a function handle.</summary>
/// <param name="Dimensions">As of every array.</param>
/// <param name="Place">As of every array.</param>
/// <param name="Class">MATLAB's name of the class.</param>
internal sealed record MatUnread(IReadOnlyList<int> Dimensions, string Place, string Class) : MatArray(Dimensions, Place)
{
    public override string Kind => $"a {Class} array";
}
