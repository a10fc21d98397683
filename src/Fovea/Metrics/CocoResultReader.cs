using System.Text.Json;
using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>Takes a results file apart, one entry at a time, holding no more of it than the entry at hand needs.</summary>
internal sealed partial class CocoResultReader
{
    // A results entry may carry a mask (a run-length string) or key points; more than this is no entry.
    private const int LongestEntry = 1 << 24;

    private readonly Stream _stream;
    private readonly string _name;
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end; // What the buffer holds and has not been used.
    private long _startOffset; // Where _start lies in the stream.
    private bool _atEnd, _inArray, _finished;
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = 32 });
    private long _entries;

    public CocoResultReader(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
    }

    /// <summary>Reads the next entry; false after the last.</summary>
    public bool TryRead(out CocoResultEntry entry)
    {
        if (!_inArray) OpenArray();
        entry = default;
        while (!_finished)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _atEnd, _state);
            Step step;
            try
            {
                step = Next(ref reader, out entry);
            }
            catch (JsonException error)
            {
                throw Wrong(reader.BytesConsumed, $"the text is not JSON: {Plain(error)}");
            }
            if (step == Step.NeedsMore)
            {
                Fill();
                continue;
            }
            Use(ref reader);
            if (step == Step.End) Close();
            else
            {
                _entries++;
                return true;
            }
        }
        return false;
    }

    private enum Step { Entry, End, NeedsMore }

    private Step Next(ref Utf8JsonReader reader, out CocoResultEntry entry)
    {
        entry = default;
        if (!reader.Read()) return Step.NeedsMore;
        if (reader.TokenType == JsonTokenType.EndArray) return Step.End;
        Expect(reader, JsonTokenType.StartObject, "an object { ... } for one detection");

        long start = reader.TokenStartIndex;
        long? image = null, category = null;
        double? score = null;
        CocoBox? box = null;
        RunLengthMask? mask = null;
        Keypoint[]? points = null;
        while (true)
        {
            if (!reader.Read()) return Step.NeedsMore;
            if (reader.TokenType == JsonTokenType.EndObject) break;
            Property property = Which(reader);
            if (property == Property.Other)
            {
                if (!reader.TrySkip()) return Step.NeedsMore;
                continue;
            }
            if (!reader.Read()) return Step.NeedsMore;
            if (property == Property.Image) image = WholeNumber(reader, "image_id");
            else if (property == Property.Category) category = WholeNumber(reader, "category_id");
            else if (property == Property.Score) score = Number(reader, "score");
            else if (property == Property.Box)
            {
                if (!TryReadBox(ref reader, out CocoBox read)) return Step.NeedsMore;
                box = read;
            }
            else if (property == Property.Mask ? !TryReadMask(ref reader, out mask) : !TryReadKeypoints(ref reader, out points))
                return Step.NeedsMore;
        }
        box ??= BoxAround(mask, points);

        string missing = string.Join(", ", Missing(image is null, category is null, box is null, score is null));
        if (missing.Length > 0) throw Wrong(start, $"the detection lacks {missing}");
        if (category is < int.MinValue or > int.MaxValue) throw Wrong(start, $"category_id {category} is too large");
        entry = new CocoResultEntry(image!.Value, (int)category!.Value, box!.Value, score!.Value) { Mask = mask, Keypoints = points };
        return Step.Entry;
    }

    private bool TryReadBox(ref Utf8JsonReader reader, out CocoBox box)
    {
        box = default;
        const string wanted = "bbox as four numbers [x, y, width, height]";
        Expect(reader, JsonTokenType.StartArray, wanted);
        Span<double> numbers = stackalloc double[4];
        for (int i = 0; i < 4; i++)
        {
            if (!reader.Read()) return false;
            Expect(reader, JsonTokenType.Number, wanted);
            numbers[i] = Number(reader, "bbox");
        }
        if (!reader.Read()) return false;
        Expect(reader, JsonTokenType.EndArray, wanted);
        box = new CocoBox(numbers[0], numbers[1], numbers[2], numbers[3]);
        return true;
    }

    private enum Property { Other, Image, Category, Box, Score, Mask, Keypoints }

    private static Property Which(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("image_id"u8) ? Property.Image :
        reader.ValueTextEquals("category_id"u8) ? Property.Category :
        reader.ValueTextEquals("bbox"u8) ? Property.Box :
        reader.ValueTextEquals("score"u8) ? Property.Score :
        reader.ValueTextEquals("segmentation"u8) ? Property.Mask :
        reader.ValueTextEquals("keypoints"u8) ? Property.Keypoints : Property.Other;

    private static IEnumerable<string> Missing(bool image, bool category, bool box, bool score)
    {
        if (image) yield return "image_id";
        if (category) yield return "category_id";
        if (box) yield return "bbox";
        if (score) yield return "score";
    }

    private double Number(in Utf8JsonReader reader, string property)
    {
        Expect(reader, JsonTokenType.Number, $"{property} as a number");
        return reader.TryGetDouble(out double value) && double.IsFinite(value)
            ? value
            : throw Wrong(reader.TokenStartIndex, $"{property} is a number beyond double precision");
    }

    private long WholeNumber(in Utf8JsonReader reader, string property)
    {
        Expect(reader, JsonTokenType.Number, $"{property} as a whole number");
        if (reader.TryGetInt64(out long value)) return value;
        // Some programs write 42.0.
        double number = Number(reader, property);
        if (number == Math.Floor(number) && Math.Abs(number) < 1L << 53) return (long)number;
        throw Wrong(reader.TokenStartIndex, $"{property} must be a whole number of at most 64 bits, but is {number}");
    }

    private void Expect(in Utf8JsonReader reader, JsonTokenType expected, string wanted)
    {
        if (reader.TokenType != expected) throw Wrong(reader.TokenStartIndex, $"expected {wanted}, but found {Describe(reader.TokenType)}");
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.EndArray => "the array's end",
        JsonTokenType.String => "a text in quotes",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "something else",
    };

    private void OpenArray()
    {
        while (_end < 3 && !_atEnd) Fill();
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8)) Advance(3); // A byte order mark.
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _atEnd, _state);
            try
            {
                if (reader.Read())
                {
                    if (reader.TokenType != JsonTokenType.StartArray)
                        throw Wrong(reader.TokenStartIndex, "expected an array [ ... ] of detections, but found " +
                            Describe(reader.TokenType) +
                            (reader.TokenType == JsonTokenType.StartObject ? " (is it the annotation file?)" : ""));
                    Use(ref reader);
                    _inArray = true;
                    return;
                }
            }
            catch (JsonException error)
            {
                throw Wrong(reader.BytesConsumed, $"the text is not JSON: {Plain(error)}");
            }
            Fill();
        }
    }

    /// <summary>Behind the array's end only white space may follow.</summary>
    private void Close()
    {
        _finished = true;
        while (true)
        {
            int offset = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \t\r\n"u8);
            if (offset >= 0) throw Wrong(offset, "expected the end of the file behind the array's end, but more follows");
            Advance(_end - _start);
            if (_atEnd) return;
            Fill();
        }
    }

    private void Use(ref Utf8JsonReader reader)
    {
        _state = reader.CurrentState;
        Advance((int)reader.BytesConsumed);
    }

    private void Advance(int bytes)
    {
        _start += bytes;
        _startOffset += bytes;
    }

    private void Fill()
    {
        if (_atEnd) throw Wrong(_end - _start, "the file ends in the middle");
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= LongestEntry) throw Wrong(0, $"one detection takes more than {LongestEntry >> 20} MiB");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
    }

    private InvalidDataException Wrong(long offset, string what) =>
        new($"{_name}: byte {_startOffset + offset}, detection {_entries} (counted from 0): {what}.");

    // The reader's own message, less its position, which counts from the piece it was given.
    private static string Plain(JsonException error)
    {
        int position = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (position < 0 ? error.Message : error.Message[..position]).TrimEnd('.');
    }
}
