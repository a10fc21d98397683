namespace Fovea.Data.Reading;

/// <summary>A place in a file as a reader knows it: a line for XML and lists, a byte offset for JSON, whose lines are
/// counted only when a message needs them.</summary>
/// <param name="File">The file.</param>
/// <param name="Value">Line from 1, or byte offset from 0; a line of 0 means the whole file.</param>
/// <param name="IsOffset">True when <paramref name="Value"/> is a byte offset.</param>
/// <param name="Column">Column from 1 beside a line, 0 where it is not known.</param>
internal readonly record struct FilePosition(string File, long Value = 0, bool IsOffset = false, long Column = 0)
{
    /// <summary>The place in lines. Reads the file up to the place when it is a byte offset.</summary>
    public DataLocation Resolve() => Resolve([this])[0];

    /// <summary>The places in lines; each file is read at most once, whatever the number of places in it.</summary>
    public static DataLocation[] Resolve(IReadOnlyList<FilePosition> positions)
    {
        var result = new DataLocation[positions.Count];
        for (int i = 0; i < result.Length; i++)
            if (!positions[i].IsOffset) result[i] = new DataLocation(positions[i].File, positions[i].Value, positions[i].Column);
        foreach (var file in Enumerable.Range(0, result.Length).Where(i => positions[i].IsOffset).GroupBy(i => positions[i].File))
        {
            int[] order = [.. file.OrderBy(i => positions[i].Value)];
            using var lines = new LineCounter(file.Key);
            foreach (int i in order)
            {
                (long line, long column) = lines.Advance(positions[i].Value);
                result[i] = new DataLocation(file.Key, line, column);
            }
        }
        return result;
    }

    /// <summary>Reads a file forwards and counts its line ends.</summary>
    private sealed class LineCounter(string path) : IDisposable
    {
        private readonly FileStream _stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        private readonly byte[] _buffer = new byte[1 << 16];
        private long _offset, _lineStart, _line = 1;
        private int _next, _filled;

        /// <summary>Line and column, both from 1, of a byte; offsets must not decrease from call to call.</summary>
        public (long Line, long Column) Advance(long offset)
        {
            while (_offset < offset)
            {
                if (_next == _filled)
                {
                    (_next, _filled) = (0, _stream.Read(_buffer));
                    if (_filled == 0) break; // the file has shrunk since it was read
                }
                int length = (int)Math.Min(_filled - _next, offset - _offset);
                int end = _buffer.AsSpan(_next, length).IndexOf((byte)'\n');
                int step = end < 0 ? length : end + 1;
                _offset += step;
                _next += step;
                if (end >= 0) (_line, _lineStart) = (_line + 1, _offset);
            }
            return (_line, _offset - _lineStart + 1);
        }

        public void Dispose() => _stream.Dispose();
    }
}
