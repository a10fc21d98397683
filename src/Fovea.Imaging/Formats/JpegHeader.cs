namespace Fovea.Imaging.Formats;

/// <summary>The header of a JPEG file: its segments up to the first scan.</summary>
/// <remarks>ITU-T T.81, annex B (segments, frame header); EXIF lives in an APP1 segment.</remarks>
/// <param name="Size">Stored height and width.</param>
/// <param name="Components">1 grey, 3 colour, 4 CMYK or YCCK.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
/// <param name="FewestBytes">A lower bound for the length of the compressed data.</param>
/// <param name="FirstScan">Offset just behind the header of the first scan.</param>
internal sealed record JpegHeader(ImageSize Size, int Components, int Orientation, long FewestBytes, long FirstScan)
{
    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, App1 = 0xE1;

    /// <summary>No encoder makes more scans than this; each one of a hostile file costs a pass over the whole picture.</summary>
    private const int MaxScans = 100;

    /// <exception cref="ImageException">No frame header, an unsupported kind of JPEG, or a truncated file.</exception>
    public static JpegHeader Read(HeaderReader reader)
    {
        reader.Position = 2;
        int orientation = 0;
        Frame? frame = null;
        while (true)
        {
            byte marker = NextMarker(reader);
            if (marker is StartOfImage or 0x01 or >= 0xD0 and <= 0xD7) continue;
            if (marker == EndOfImage) throw reader.Error("the JPEG file holds no picture: it ends before the first scan.");

            int length = reader.UInt16BigEndian() - 2;
            if (length < 0)
                throw reader.Error($"a segment of the JPEG file (marker 0x{marker:X2}) has an impossible length. The file is damaged.");
            long end = reader.Position + length;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                if (frame is not null) throw reader.Error("the JPEG file holds two frame headers. The file is damaged.");
                frame = Frame.Read(reader, marker);
            }
            else if (marker == App1 && orientation == 0 && length > 6)
            {
                byte[] block = reader.Block(length);
                if (block.AsSpan().StartsWith("Exif\0\0"u8)) orientation = ExifOrientation.Parse(block);
            }
            if (end > reader.Length) throw reader.EndsEarly();
            if (marker == StartOfScan)
            {
                if (frame is null) throw reader.Error("the JPEG file has a scan before its frame header. The file is damaged.");
                return new JpegHeader(frame.Size, frame.Components, Math.Max(orientation, 1), frame.FewestBytes, end);
            }
            reader.Position = end;
        }
    }

    /// <summary>Checks that the scans reach the end-of-image marker and are not too many, before anything is allocated.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="name">The file's name, for the error.</param>
    public void CheckScans(ReadOnlySpan<byte> data, string name)
    {
        if (data.Length - FirstScan < FewestBytes)
            throw new ImageException($"{name}: the JPEG file is truncated: a picture of {Size} needs at least " +
                $"{FirstScan + FewestBytes:N0} bytes, but the file holds {data.Length:N0}.");
        int scans = 1;
        int position = (int)FirstScan;
        while (true)
        {
            int offset = data[position..].IndexOf((byte)0xFF);
            position += offset + 1;
            if (offset < 0 || position >= data.Length)
                throw new ImageException($"{name}: the JPEG file is truncated: after {data.Length:N0} bytes " +
                    "it ends without an end-of-image marker. Fetch or export it again.");
            if (data[position] == EndOfImage) return;
            if (data[position] == StartOfScan && ++scans > MaxScans)
                throw new ImageException($"{name}: the JPEG file has more than {MaxScans} scans; pictures have about ten. " +
                    "It is refused as hostile.");
        }
    }

    private static byte NextMarker(HeaderReader reader)
    {
        // Bytes between segments are skipped, as every decoder does; any number of 0xFF may precede a marker.
        byte value = reader.Byte();
        while (true)
        {
            while (value != 0xFF) value = reader.Byte();
            while (value == 0xFF) value = reader.Byte();
            if (value != 0) return value;
        }
    }

    private sealed record Frame(ImageSize Size, int Components, long FewestBytes)
    {
        public static Frame Read(HeaderReader reader, byte marker)
        {
            if (marker is not (0xC0 or 0xC1 or 0xC2 or 0xC9 or 0xCA))
                throw reader.Error($"this kind of JPEG ({(marker is 0xC3 or 0xCB ? "lossless" : "hierarchical")}, frame marker " +
                    $"0x{marker:X2}) is not supported. Save it as baseline or progressive JPEG, or as PNG.");
            int precision = reader.Byte(), height = reader.UInt16BigEndian(), width = reader.UInt16BigEndian(), components = reader.Byte();
            if (precision != 8)
                throw reader.Error($"the JPEG file has {precision} bits a channel; 8 are supported. " +
                    "Save it as 8-bit JPEG or as 16-bit PNG.");
            if (height == 0 || width == 0)
                throw reader.Error($"the JPEG file says that its picture is {height} x {width}: it has no pixels.");
            if (components is not (1 or 3 or 4))
                throw reader.Error($"the JPEG file has {components} colour components; 1 (grey), 3 (colour) and 4 (CMYK) are supported.");

            int across = 1, down = 1;
            Span<byte> factors = stackalloc byte[components];
            for (int i = 0; i < components; i++)
            {
                reader.Byte();
                factors[i] = reader.Byte();
                reader.Byte();
                across = Math.Max(across, factors[i] >> 4);
                down = Math.Max(down, factors[i] & 15);
            }
            // Huffman coding spends at least one bit on each 8 x 8 block of a full-size component; arithmetic coding may spend less.
            bool huffman = marker <= 0xC2, fullSize = factors.Contains((byte)(across << 4 | down));
            long blocks = (height + 7L) / 8 * ((width + 7) / 8);
            return new Frame(new ImageSize(height, width), components, huffman && fullSize ? blocks / 8 : 0);
        }
    }
}
