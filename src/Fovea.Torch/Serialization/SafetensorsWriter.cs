using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fovea.Torch.Serialization;

/// <summary>Writes safetensors files. The same tensors and metadata give the same bytes, in whatever order they are handed
/// over.</summary>
public static class SafetensorsWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Writes a file through <see cref="AtomicFile"/>. Wider elements come first and names in ordinal order within a width, so
    /// every tensor is aligned
    /// to its elements; the header is padded with spaces to a multiple of 8 bytes.
    /// </summary>
    /// <param name="path">The file to make or to replace.</param>
    /// <param name="entries">The tensors. Each is streamed in turn; no second copy of the whole is made.</param>
    /// <param name="metadata">Free-form text to carry along; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, text is not valid Unicode, or the header would pass 100
    /// MB.</exception>
    /// <exception cref="InvalidOperationException">An entry wrote more or fewer bytes than its shape says.</exception>
    /// <exception cref="TensorFileException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        SafetensorsEntry[] ordered =
            [.. entries.OrderByDescending(entry => entry.DType.ElementSize()).ThenBy(entry => entry.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (SafetensorsEntry entry in ordered)
            {
                long before = stream.Position;
                entry.Write(stream);
                if (stream.Position - before != entry.ByteLength)
                {
                    throw new InvalidOperationException(
                        $"Tensor '{entry.Name}' should take {entry.ByteLength} bytes, but {stream.Position - before} were written.");
                }
            }
        });
    }

    private static byte[] Header(SafetensorsEntry[] entries, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0) WriteMetadata(json, metadata);
            var names = new HashSet<string>();
            long offset = 0;
            foreach (SafetensorsEntry entry in entries)
            {
                if (!names.Add(entry.Name))
                    throw new ArgumentException($"Two tensors are called '{entry.Name}'.", nameof(entries));
                json.WriteStartObject(ValidUnicode(entry.Name));
                json.WriteString("dtype", SafetensorsTypes.Name(entry.DType));
                json.WriteStartArray("shape");
                foreach (long size in entry.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + entry.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenCount <= SafetensorsFile.MaxHeaderLength
            ? buffer.WrittenSpan.ToArray()
            : throw new ArgumentException(
                $"The header would take {buffer.WrittenCount} bytes; the format allows {SafetensorsFile.MaxHeaderLength}.");
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(ValidUnicode(key), ValidUnicode(value));
        json.WriteEndObject();
    }

    /// <summary>The same text; the JSON writer would otherwise replace lone surrogates silently and two names could become
    /// one.</summary>
    private static string ValidUnicode(string text)
    {
        StrictUtf8.GetByteCount(text);
        return text;
    }
}
