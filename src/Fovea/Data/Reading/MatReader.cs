using System.Buffers.Binary;
using System.Text;

namespace Fovea.Data.Reading;

/// <summary>What all arrays of one file may take together.</summary>
internal sealed class MatBudget
{
    public const int MostArrays = 65_536;

    private int _arrays;

    /// <summary>Counts an array; false when there are too many.</summary>
    public bool Take() => ++_arrays <= MostArrays;
}

/// <summary>An element: a tag with its type and length, and what it holds.</summary>
/// <param name="Type">What it holds.</param>
/// <param name="Begin">First byte of what it holds.</param>
/// <param name="Length">Bytes of what it holds.</param>
/// <param name="Next">Where the next element begins.</param>
internal readonly record struct MatElement(MatType Type, int Begin, int Length, int Next);

/// <summary>Reads elements and arrays from the bytes of a MATLAB file, or from what was compressed in one, never beyond their
/// bounds.</summary>
/// <param name="data">The bytes.</param>
/// <param name="isLittle">Whether the lowest byte comes first.</param>
/// <param name="budget">What the file's arrays may take.</param>
/// <param name="wrong">Makes the error.</param>
/// <param name="where">What follows "byte N" in messages.</param>
internal sealed class MatReader(ReadOnlyMemory<byte> data, bool isLittle, MatBudget budget, Func<string, DataException> wrong, string where)
{
    private const int DeepestArray = 8, MostDimensions = 32, MostFields = 4096;
    private const int Cell = 1, Struct = 2, Character = 4, FirstNumber = 6, LastNumber = 15, Opaque = 17;
    private const int Complex = 0x800, Logical = 0x200;

    private static readonly string[] Classes =
    [
        "", "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32",
        "int64", "uint64", "function handle", "opaque object",
    ];

    // Classes beside numbers, characters, cells and structures are passed over, but must be known.
    private static readonly int[] PassedOver = [3, 5, 16];

    /// <summary>The element whose tag begins at a byte. All are padded to 8 bytes but those that are compressed.</summary>
    public MatElement Element(int at)
    {
        uint word = Word(at), small = word >> 16;
        if (small > 4) throw Wrong($"an element of type {word & 0xFFFF} with {small} bytes in its tag", at, "at most 4");
        if (small > 0)
        {
            _ = Slice(at, 8);
            return new MatElement((MatType)(word & 0xFFFF), at + 4, (int)small, at + 8);
        }
        int length = Slice(at + 8, Word(at + 4)).Length, end = at + 8 + length;
        return new MatElement((MatType)word, at + 8, length, (MatType)word == MatType.Compressed ? end : Padded(end));
    }

    /// <summary>The bytes that an element holds.</summary>
    public ReadOnlyMemory<byte> Content(MatElement element) => data.Slice(element.Begin, element.Length);

    /// <summary>The array that an element of type 14 holds, with its name.</summary>
    /// <param name="element">The element.</param>
    /// <param name="depth">In how many arrays it lies.</param>
    public (string Name, MatArray Array) Array(MatElement element, int depth = 0)
    {
        string place = $"byte {element.Begin}{where}";
        if (depth > DeepestArray) throw wrong($"arrays lie in each other more than {DeepestArray} deep at {place}");
        if (!budget.Take()) throw wrong($"it has more than {MatBudget.MostArrays:N0} arrays; the last one that was read is at {place}");
        if (element.Length == 0)
            return ("", new MatNumbers([0, 0], place, "double", new MatValues(MatType.Double, default, isLittle), Imaginary: null));
        var inside = new MatReader(data[..(element.Begin + element.Length)], isLittle, budget, wrong, where);
        int at = element.Begin;
        ReadOnlyMemory<byte> flags = inside.Expect(ref at, MatType.UInt32, "array flags");
        if (flags.Length != 8) throw Wrong($"an element of {flags.Length} bytes for array flags", element.Begin, "8 bytes");
        uint word = Read(flags.Span);
        int kind = (int)(word & 0xFF);
        if (kind == Opaque) return ("", new MatUnread([0, 0], place, Classes[kind]));               // which has no dimensions
        (IReadOnlyList<int> dimensions, int count) = inside.Dimensions(ref at);
        string name = inside.Name(ref at);
        if (kind == Cell) return (name, inside.Cells(ref at, dimensions, count, place, depth));
        if (kind == Struct) return (name, inside.Structures(ref at, dimensions, count, place, depth));
        if (kind == Character) return (name, new MatText(dimensions, place, inside.Characters(ref at, count)));
        if (PassedOver.Contains(kind)) return (name, new MatUnread(dimensions, place, Classes[kind]));
        if (kind is < FirstNumber or > LastNumber) throw wrong($"the array at {place} is of class {kind}, which is not known");
        MatValues real = inside.Numbers(ref at, count);
        MatValues? imaginary = (word & Complex) != 0 ? inside.Numbers(ref at, count) : null;
        return (name, new MatNumbers(dimensions, place, (word & Logical) != 0 ? "logical" : Classes[kind], real, imaginary));
    }

    private MatCells Cells(ref int at, IReadOnlyList<int> dimensions, int count, string place, int depth)
    {
        ExpectRoom(at, count, place);
        var cells = new MatArray[count];
        for (int i = 0; i < cells.Length; i++) cells[i] = Inner(ref at, depth);
        return new MatCells(dimensions, place, cells);
    }

    private MatStruct Structures(ref int at, IReadOnlyList<int> dimensions, int count, string place, int depth)
    {
        ReadOnlyMemory<byte> stated = Expect(ref at, MatType.Int32, "the length of field names");
        int length = stated.Length == 4 ? (int)Read(stated.Span) : 0;
        ReadOnlyMemory<byte> names = Expect(ref at, MatType.Int8, "field names");
        if (length is < 1 or > 64 || names.Length % length != 0 || names.Length / length > MostFields)
            throw wrong($"the structure at {place} states field names of {length} bytes, in {names.Length} bytes; 1 to 64 bytes for each " +
                $"of at most {MostFields:N0} fields were expected");
        string[] fields = [.. Enumerable.Range(0, names.Length / length).Select(i => Terminated(names.Span.Slice(i * length, length)))];
        ExpectRoom(at, (long)count * fields.Length, place);
        var values = new Dictionary<string, MatArray[]>(StringComparer.Ordinal);
        foreach (string field in fields)
            if (!values.TryAdd(field, new MatArray[count]))
                throw wrong($"the structure at {place} has the field '{OneLine.Shorten(field)}' twice");
        for (int i = 0; i < (fields.Length == 0 ? 0 : count); i++)
            foreach (string field in fields) values[field][i] = Inner(ref at, depth);
        return new MatStruct(dimensions, place, count, values);
    }

    private MatArray Inner(ref int at, int depth)
    {
        MatElement element = Element(at);
        if (element.Type != MatType.Matrix) throw Other(element, at, "an array", MatType.Matrix);
        at = element.Next;
        return Array(element, depth + 1).Array;
    }

    // An array in a cell or field takes 8 bytes at least: a file cannot state more of them than it has room for.
    private void ExpectRoom(int at, long arrays, string place)
    {
        if (arrays > (data.Length - at) / 8)
            throw wrong($"the array at {place} states {arrays:N0} arrays, but only {data.Length - at:N0} bytes are left for them");
        if (arrays > MatBudget.MostArrays)
            throw wrong($"the array at {place} states {arrays:N0} arrays; at most {MatBudget.MostArrays:N0} are read");
    }

    private (IReadOnlyList<int> Dimensions, int Count) Dimensions(ref int at)
    {
        int begin = at;
        ReadOnlyMemory<byte> bytes = Expect(ref at, MatType.Int32, "dimensions");
        int number = bytes.Length / 4;
        if (bytes.Length % 4 != 0 || number is < 2 or > MostDimensions)
            throw Wrong($"dimensions of {bytes.Length} bytes", begin, $"2 to {MostDimensions} numbers of 4 bytes");
        var values = new MatValues(MatType.Int32, bytes, isLittle);
        int[] dimensions = [.. Enumerable.Range(0, number).Select(i => (int)values[i])];
        long count = dimensions.Contains(0) ? 0 : 1;
        foreach (int dimension in dimensions)
            if (dimension < 0 || (count *= dimension) > int.MaxValue)
                throw wrong($"the dimensions at byte {begin}{where} are {string.Join(" x ", dimensions)}; 0 or more, and at most " +
                    $"{int.MaxValue:N0} elements, were expected");
        return (dimensions, (int)count);
    }

    private string Name(ref int at)
    {
        ReadOnlyMemory<byte> bytes = Expect(ref at, MatType.Int8, "a name");
        return Terminated(bytes.Span);
    }

    private MatValues Numbers(ref int at, int count)
    {
        int begin = at;
        MatElement element = Element(at);
        at = element.Next;
        MatType type = element.Type;
        int size = type is MatType.Utf8 or MatType.Utf16 or MatType.Utf32 ? 0 : MatValues.SizeOf(type);
        if (size == 0) throw Wrong($"an element of type {(int)type}", begin, "numbers");
        return element.Length == (long)count * size ? new MatValues(type, Content(element), isLittle)
            : throw Wrong($"an element of {element.Length:N0} bytes for {count:N0} numbers of {size}", begin, $"{(long)count * size:N0}");
    }

    private string Characters(ref int at, int count)
    {
        int begin = at;
        if (count == 0 && at >= data.Length) return "";
        MatElement element = Element(at);
        at = element.Next;
        (MatType type, ReadOnlyMemory<byte> content) = (element.Type, Content(element));
        string? text = type switch
        {
            MatType.Utf8 => Encoding.UTF8.GetString(content.Span),
            MatType.Int8 or MatType.UInt8 or MatType.UInt16 or MatType.Utf16 => Units(new MatValues(type, content, isLittle)),
            MatType.Utf32 => (isLittle ? Encoding.UTF32 : new UTF32Encoding(bigEndian: true, byteOrderMark: false)).GetString(content.Span),
            _ => null,
        };
        if (text is null) throw Wrong($"an element of type {(int)type}", begin, "characters");
        // What is stored as UTF-8 may state its characters or its bytes.
        return text.Length == count || content.Length == count ? text
            : throw Wrong($"a text of {text.Length:N0} characters", begin, $"{count:N0}");
    }

    private static string Units(MatValues values) => string.Create(values.Count, values, (target, source) =>
    {
        for (int i = 0; i < target.Length; i++) target[i] = (char)(ushort)source[i];
    });

    private ReadOnlyMemory<byte> Expect(ref int at, MatType wanted, string what)
    {
        MatElement element = Element(at);
        if (element.Type != wanted) throw Other(element, at, what, wanted);
        at = element.Next;
        return Content(element);
    }

    private DataException Other(MatElement element, int at, string what, MatType wanted) =>
        Wrong($"an element of type {(int)element.Type}", at, $"{what} of type {(int)wanted}");

    private static string Terminated(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private DataException Wrong(string found, int at, string expected) =>
        wrong($"there is {found} at byte {at}{where}; {expected} was expected");

    // The last element of a file or array may lack its padding.
    private int Padded(int at) => (int)Math.Min(data.Length, ((long)at + 7) / 8 * 8);

    private ReadOnlyMemory<byte> Slice(long at, long length) => at >= 0 && length >= 0 && at <= data.Length - length
        ? data.Slice((int)at, (int)length)
        : throw wrong($"{length:N0} bytes are stated at byte {at}{where}, where only {Math.Max(0, data.Length - at):N0} are left");

    private uint Word(long at) => Read(Slice(at, 4).Span);

    private uint Read(ReadOnlySpan<byte> at) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
