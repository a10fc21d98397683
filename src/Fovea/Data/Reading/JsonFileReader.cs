using System.Globalization;
using System.Text.Json;

namespace Fovea.Data.Reading;

/// <summary>Reads the tokens of a JSON file of any length through a small buffer. Memory is bounded by the longest single
/// token; nesting is bounded by <see cref="MostDepth"/>.</summary>
internal ref struct JsonFileReader
{
    public const int MostDepth = 64;

    /// <summary>Longest token: a compressed mask of a huge picture has well under a megabyte.</summary>
    private const int LongestToken = 32 << 20;

    private readonly Stream _stream;
    private readonly string _path;
    private byte[] _buffer;
    private int _filled;
    private long _bufferStart;
    private bool _ended;
    private Utf8JsonReader _json;

    public JsonFileReader(Stream stream, string path, int bufferSize = 1 << 18)
    {
        _buffer = new byte[bufferSize];
        _stream = stream;
        _path = path;
        var options = new JsonReaderOptions { MaxDepth = MostDepth };
        _filled = stream.ReadAtLeast(_buffer, 3, throwOnEndOfStream: false);
        // A byte order mark is no JSON, but Windows programs write it.
        int mark = _buffer.AsSpan(0, _filled).StartsWith("\uFEFF"u8) ? 3 : 0;
        if (mark > 0) _buffer.AsSpan(mark, _filled - mark).CopyTo(_buffer);
        _filled -= mark;
        _bufferStart = mark;
        _json = new Utf8JsonReader(_buffer.AsSpan(0, _filled), isFinalBlock: false, new JsonReaderState(options));
    }

    /// <summary>Kind of the present token.</summary>
    public readonly JsonTokenType Token => _json.TokenType;

    /// <summary>Byte of the file at which the present token begins, from 0.</summary>
    public readonly long Offset => _bufferStart + _json.TokenStartIndex;

    /// <summary>Goes to the next token; false at the end of the file.</summary>
    /// <exception cref="DataException">The file is no JSON, or nested too deep.</exception>
    public bool Read()
    {
        try
        {
            while (!_json.Read())
            {
                if (_ended) return false;
                Refill();
            }
            return true;
        }
        catch (JsonException e)
        {
            string reason = e.Message.Split(" LineNumber:")[0];
            throw new DataException(new DataLocation(_path, (e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1),
                $"this is not JSON that can be read. {reason}", e);
        }
    }

    /// <summary>Goes past the value that begins at the present token (or that follows the present property name).</summary>
    public void Skip()
    {
        if (Token == JsonTokenType.PropertyName) Read();
        if (Token is not (JsonTokenType.StartArray or JsonTokenType.StartObject)) return;
        int depth = _json.CurrentDepth;
        while (Read() && _json.CurrentDepth > depth) { }
    }

    /// <summary>True when the present property name or string is this one.</summary>
    public readonly bool Is(ReadOnlySpan<byte> text) => _json.ValueTextEquals(text);

    /// <summary>The present number as a finite double.</summary>
    public readonly bool TryGetDouble(out double value)
    {
        value = 0;
        return Token == JsonTokenType.Number && _json.TryGetDouble(out value) && double.IsFinite(value);
    }

    /// <summary>The present number as a whole one.</summary>
    public readonly bool TryGetInt64(out long value)
    {
        value = 0;
        return Token == JsonTokenType.Number && _json.TryGetInt64(out value);
    }

    /// <summary>The present string, if it is one of at most <paramref name="longest"/> bytes and proper UTF-8.</summary>
    public readonly bool TryGetString(int longest, out string value)
    {
        value = "";
        if (Token != JsonTokenType.String || _json.ValueSpan.Length > longest) return false;
        try
        {
            value = _json.GetString()!;
            return true;
        }
        catch (InvalidOperationException) // not UTF-8, or half a surrogate pair
        {
            return false;
        }
    }

    /// <summary>The present token in a few words, for messages.</summary>
    public readonly string Describe() => Token switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => TryGetString(60, out string text) ? $"\"{OneLine.Shorten(text)}\"" : "a string",
        JsonTokenType.Number => System.Text.Encoding.ASCII.GetString(_json.ValueSpan[..Math.Min(40, _json.ValueSpan.Length)]),
        _ => Token.ToString().ToLower(CultureInfo.InvariantCulture),
    };

    private void Refill()
    {
        int used = (int)_json.BytesConsumed;
        int left = _filled - used;
        if (left == _buffer.Length)
        {
            if (left >= LongestToken)
                throw new DataException(new FilePosition(_path, _bufferStart, IsOffset: true).Resolve(),
                    $"a single value is longer than {LongestToken >> 20} MiB.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        else
        {
            _buffer.AsSpan(used, left).CopyTo(_buffer);
        }
        _bufferStart += used;
        int read = _stream.Read(_buffer, left, _buffer.Length - left);
        _filled = left + read;
        _ended = read == 0;
        _json = new Utf8JsonReader(_buffer.AsSpan(0, _filled), _ended, _json.CurrentState);
    }
}
