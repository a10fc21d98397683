using System.Buffers.Binary;
using System.IO.Compression;

namespace Fovea.Data.Reading;

/// <summary>A MATLAB file of level 5 (what MATLAB's <c>save -v6</c> and <c>-v7</c> write), as label maps are published.</summary>
/// <remarks>
/// <para>MathWorks, "MAT-File Format": a header of 128 bytes, then a variable after the other, each as it is or compressed by zlib, in
/// either byte order. Numbers of all classes, characters, cells and structures are read; sparse arrays, objects and function handles are
/// passed over. Files of version 7.3, which is HDF5, are told by name.</para>
/// <para>A file is data here, never code. It may be hostile: lengths are checked before anything is read or reserved; what is compressed
/// may be as long as it states, but no longer than its compressed bytes can make and not above a limit; arrays lie in each other to a
/// limited depth, and their number is limited.</para>
/// </remarks>
internal sealed class MatFile
{
    private const int HeaderLength = 128, TagLength = 8;
    private const long LongestFile = 256L << 20, MostInflated = 256L << 20;

    // What DEFLATE can make of one byte, at the very best.
    private const long MostPerByte = 1032;

    private static readonly byte[] Hdf = [0x89, .. "HDF\r\n\x1a\n"u8];

    private readonly string _path;
    private readonly byte[] _data;
    private readonly bool _isLittle;
    private readonly Dictionary<string, MatArray> _variables = new(StringComparer.Ordinal);

    private MatFile(string path, byte[] data)
    {
        (_path, _data) = (path, data);
        if (data.AsSpan().StartsWith(Hdf)) throw Version73();
        if (data.Length < HeaderLength)
            throw Wrong($"it ends after {data.Length} bytes, within its header of {HeaderLength}");
        _isLittle = data[126] == 'I' && data[127] == 'M';
        if (!_isLittle && !(data[126] == 'M' && data[127] == 'I'))
            throw Wrong($"bytes 126 and 127 are {data[126]:X2} {data[127]:X2}; IM or MI was expected, as in files of level 5. Save it " +
                "with -v7");
        ReadOnlySpan<byte> stated = data.AsSpan(124);
        int version = _isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(stated) : BinaryPrimitives.ReadUInt16BigEndian(stated);
        if (version == 0x0200) throw Version73();
        if (version != 0x0100) throw Wrong($"bytes 124 and 125 state version {version:X4}; 0100 was expected");
        var budget = new MatBudget();
        long inflated = 0;
        for (int at = HeaderLength; at < data.Length;) at = Variable(at, budget, ref inflated);
    }

    /// <summary>The variables by name.</summary>
    public IReadOnlyDictionary<string, MatArray> Variables => _variables;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">It is missing, damaged, hostile, or of another level. The message names file and byte.</exception>
    public static MatFile Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw Wrong(path, $"it is larger than {LongestFile >> 20} MiB");
            return new MatFile(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            throw new DataException(new DataLocation(path), $"the file cannot be read. {e.Message}", e);
        }
    }

    /// <summary>A variable.</summary>
    /// <exception cref="DataException">There is none of this name.</exception>
    public MatArray this[string name] => _variables.GetValueOrDefault(name) ?? throw Wrong($"it has no variable '{name}'; it has " +
        (_variables.Count == 0 ? "none at all" : OneLine.Shorten(string.Join(", ", _variables.Keys))));

    /// <summary>What is wrong with this file.</summary>
    public DataException Wrong(string what) => Wrong(_path, what);

    private static DataException Wrong(string path, string what, Exception? inner = null) => inner is null
        ? new(new DataLocation(path), $"this MATLAB file cannot be read: {what}.")
        : new(new DataLocation(path), $"this MATLAB file cannot be read: {what}.", inner);

    private DataException Version73() => Wrong("it is of version 7.3 (HDF5); level 5 was expected. Save it with -v7");

    /// <summary>Reads the variable at a byte of the file, and tells where the next one begins.</summary>
    private int Variable(int at, MatBudget budget, ref long inflated)
    {
        var reader = new MatReader(_data, _isLittle, budget, Wrong, "");
        MatElement element = reader.Element(at);
        int next = element.Next;
        if (element.Type == MatType.Compressed)
        {
            byte[] whole = Inflate(reader.Content(element), element.Begin, ref inflated);
            reader = new MatReader(whole, _isLittle, budget, Wrong, $" of what is compressed at byte {element.Begin}");
            element = reader.Element(0);
        }
        if (element.Type != MatType.Matrix)
            throw Wrong($"the element at byte {at} is of type {(int)element.Type}; variables are of type 14, or 15 and then 14");
        (string name, MatArray array) = reader.Array(element);
        // What MATLAB keeps for itself has no name.
        if (name.Length > 0 && !_variables.TryAdd(name, array))
            throw Wrong($"the variable '{OneLine.Shorten(name)}' is there twice, again at byte {at}");
        return next;
    }

    /// <summary>The element that compressed bytes hold, with its tag, which states how long it is.</summary>
    private byte[] Inflate(ReadOnlyMemory<byte> packed, int from, ref long inflated)
    {
        string what = $"what is compressed at byte {from}";
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            byte[] tag = new byte[TagLength];
            if (zlib.ReadAtLeast(tag, TagLength, throwOnEndOfStream: false) < TagLength) throw Wrong($"{what} ends early");
            ReadOnlySpan<byte> stated = tag.AsSpan(4);
            long length = _isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(stated) : BinaryPrimitives.ReadUInt32BigEndian(stated);
            length += TagLength;
            if (length > packed.Length * MostPerByte)
                throw Wrong($"{what} states {length:N0} bytes, more than its {packed.Length:N0} bytes can hold");
            if ((inflated += length) > MostInflated)
                throw Wrong($"{what} makes it {inflated:N0} bytes; at most {MostInflated:N0} are read");
            byte[] whole = GC.AllocateUninitializedArray<byte>((int)length);
            tag.CopyTo(whole, 0);
            int got = TagLength + zlib.ReadAtLeast(whole.AsSpan(TagLength), whole.Length - TagLength, throwOnEndOfStream: false);
            if (got < length) throw Wrong($"{what} states {length:N0} bytes, but ends after {got:N0}");
            return zlib.ReadByte() < 0 ? whole : throw Wrong($"{what} is longer than the {length:N0} bytes that it states");
        }
        catch (InvalidDataException e)
        {
            throw Wrong(_path, $"{what} is damaged", e);
        }
    }
}
