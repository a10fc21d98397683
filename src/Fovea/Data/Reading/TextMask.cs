using System.Buffers.Text;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>A mask in a text file: a row of the picture on each line, a number for each pixel, -1 where it belongs to no class.</summary>
internal sealed record TextMask(string Name) : MaskSource(Name)
{
    private const long LongestFile = 256L << 20;

    public override IndexMap Read()
    {
        try
        {
            if (new FileInfo(Name).Length > LongestFile) throw Wrong($"it is larger than {LongestFile >> 20} MiB");
            return Parse(File.ReadAllBytes(Name));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            throw new DataException(new DataLocation(Name), $"the mask cannot be read. {e.Message}", e);
        }
    }

    private IndexMap Parse(ReadOnlySpan<byte> text)
    {
        List<byte> values = [];
        int width = 0, rows = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
            if (line.IsEmpty) continue;
            int before = values.Count;
            for (; !line.IsEmpty; line = line.TrimStart(" \t"u8))
            {
                if (!Utf8Parser.TryParse(line, out int value, out int read) || value is < -1 or > byte.MaxValue)
                    throw Wrong($"number {values.Count - before} (from 0) of row {rows} is no whole number from -1 to 255");
                values.Add(value < 0 ? SegmentationMap.Ignore : (byte)value);
                line = line[read..];
            }
            if (rows == 0) width = values.Count;
            if (values.Count - before != width)
                throw Wrong($"row {rows} has {values.Count - before} numbers, but row 0 has {width}");
            rows++;
        }
        return rows > 0 ? new IndexMap(new ImageSize(rows, width), [.. values]) : throw Wrong("it is empty");
    }

    private DataException Wrong(string what) => new(new DataLocation(Name), $"the mask cannot be read: {what}.");
}
