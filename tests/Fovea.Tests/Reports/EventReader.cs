using System.Text;

namespace Fovea.Tests.Reports;

/// <summary>One event as read back: its scalars and pictures by tag.</summary>
internal sealed record ReadEvent(double Time, long Step, string? Version, long? Session, Dictionary<string, float> Scalars,
    Dictionary<string, (long Height, long Width, long Channels, byte[] Encoded)> Pictures);

/// <summary>Reads event files apart from the code that writes them: a CRC bit by bit, a Protocol Buffers reader over plain bytes.</summary>
internal static class EventReader
{
    public static List<ReadEvent> ReadFile(string path) => Read(File.ReadAllBytes(path));

    /// <summary>The whole records; one that is cut off ends the reading, one with a wrong checksum fails the test.</summary>
    public static List<ReadEvent> Read(byte[] bytes)
    {
        var events = new List<ReadEvent>();
        for (int at = 0; at + 12 <= bytes.Length;)
        {
            long length = BitConverter.ToInt64(bytes, at);
            Assert.Equal(Masked(bytes[at..(at + 8)]), BitConverter.ToUInt32(bytes, at + 8));
            if (at + 16 + length > bytes.Length) break;
            byte[] data = bytes[(at + 12)..(at + 12 + (int)length)];
            Assert.Equal(Masked(data), BitConverter.ToUInt32(bytes, at + 12 + (int)length));
            events.Add(Event(data));
            at += 16 + (int)length;
        }
        return events;
    }

    /// <summary>What TensorBoard shows of a folder: files in the order of their names; a START drops what came before of its step and later.</summary>
    public static SortedDictionary<(string Tag, long Step), float> Shown(string folder)
    {
        var shown = new SortedDictionary<(string Tag, long Step), float>();
        foreach (ReadEvent e in Directory.GetFiles(folder, "*tfevents*").Order(StringComparer.Ordinal).SelectMany(ReadFile))
        {
            if (e.Session == 1) foreach (var key in shown.Keys.Where(key => key.Step >= e.Step).ToArray()) shown.Remove(key);
            foreach ((string tag, float value) in e.Scalars) shown.Add((tag, e.Step), value);   // fails if a step is doubled
        }
        return shown;
    }

    private static ReadEvent Event(byte[] data)
    {
        var read = new ReadEvent(0, 0, null, null, [], []);
        foreach ((int field, object value) in Fields(data))
            switch (field)
            {
                case 1: read = read with { Time = (double)value }; break;
                case 2: read = read with { Step = (long)value }; break;
                case 3: read = read with { Version = Encoding.UTF8.GetString((byte[])value) }; break;
                case 7: read = read with { Session = (long)Fields((byte[])value).Single(f => f.Field == 1).Value }; break;
                case 5:
                    foreach ((_, object entry) in Fields((byte[])value)) Value((byte[])entry, read);
                    break;
                default: Assert.Fail($"field {field} of an event"); break;
            }
        return read;
    }

    private static void Value(byte[] data, ReadEvent into)
    {
        Dictionary<int, object> value = Fields(data).ToDictionary(f => f.Field, f => f.Value);
        string tag = Encoding.UTF8.GetString((byte[])value[1]);
        if (value.TryGetValue(2, out object? scalar)) into.Scalars.Add(tag, (float)scalar);
        if (!value.TryGetValue(4, out object? picture)) return;
        Dictionary<int, object> fields = Fields((byte[])picture).ToDictionary(f => f.Field, f => f.Value);
        into.Pictures.Add(tag, ((long)fields[1], (long)fields[2], (long)fields[3], (byte[])fields[4]));
    }

    private static List<(int Field, object Value)> Fields(byte[] data)
    {
        var fields = new List<(int, object)>();
        for (int at = 0; at < data.Length;)
        {
            long key = Varint(data, ref at);
            int size = (key & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(data, ref at), _ => 0 };
            fields.Add(((int)(key >> 3), (key & 7) switch
            {
                0 => Varint(data, ref at),
                1 => BitConverter.ToDouble(data, at),
                5 => BitConverter.ToSingle(data, at),
                _ => data[at..(at + size)],
            }));
            at += size;
        }
        return fields;
    }

    private static long Varint(byte[] data, ref int at)
    {
        long value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = data[at++];
            value |= (long)(next & 127) << shift;
            if (next < 128) return value;
        }
    }

    private static uint Masked(byte[] data)
    {
        uint crc = ~0u;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) * 0x82F63B78);
        }
        crc = ~crc;
        return unchecked((crc >> 15 | crc << 17) + 0xA282EAD8);
    }
}
