using System.Buffers.Binary;
using System.IO.Compression;

namespace Fovea.Data.Reading;

/// <summary>An IDX file of bytes, as it is or compressed by gzip: zeros, the kind of number, the number of dimensions, the
/// dimensions from the largest, and the values (LeCun, Cortes, Burges: "The MNIST database of handwritten digits").</summary>
/// <param name="Dimensions">The lengths of the dimensions.</param>
/// <param name="Values">All values, row by row.</param>
internal sealed record IdxFile(int[] Dimensions, byte[] Values)
{
    /// <summary>The most values that are read: 1 GiB, more than a million MNIST pictures.</summary>
    public const long MostValues = 1L << 30;

    private const byte UnsignedBytes = 8;

    // What DEFLATE can make of one byte, at the very best.
    private const long MostPerByte = 1032;

    /// <summary>Reads a file. Memory is taken only for as much as the header states and a file of this length can hold.</summary>
    /// <param name="path">The file; that it is compressed is told by its first bytes.</param>
    /// <param name="dimensions">How many dimensions are expected.</param>
    /// <exception cref="DataException">It cannot be read, is truncated, holds something else, or more than it states.</exception>
    public static IdxFile Read(string path, int dimensions)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            bool compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            if (!compressed) return Read(path, file, dimensions, file.Length);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            return Read(path, gzip, dimensions, checked(file.Length * MostPerByte));
        }
        catch (InvalidDataException e)
        {
            throw new DataException(new DataLocation(path), $"the file begins like a gzip file, but is damaged. {e.Message}", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            throw new DataException(new DataLocation(path), $"the file cannot be read. {e.Message}", e);
        }
    }

    private static IdxFile Read(string path, Stream stream, int dimensions, long longest)
    {
        byte[] header = new byte[4 + 4 * dimensions];
        int got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (got < header.Length) throw Bad($"the file ends after {got} bytes, within its header of {header.Length}.");
        if (header[0] != 0 || header[1] != 0 || header[2] != UnsignedBytes || header[3] != dimensions)
            throw Bad($"the file begins with {Convert.ToHexString(header.AsSpan(0, 4))}; an IDX file of bytes in {dimensions} dimensions " +
                $"begins with 000008{dimensions:X2}.");
        int[] sizes = new int[dimensions];
        long values = 1;
        for (int i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * i));
            if (sizes[i] < 1 || (values *= sizes[i]) > MostValues)
                throw Bad($"the header states the sizes {string.Join(" x ", sizes.Take(i + 1))}; 1 to {MostValues} values are read.");
        }
        if (values > longest - header.Length)
            throw Bad($"the header states {string.Join(" x ", sizes)} values, but the file is too short to hold them: it is truncated or " +
                "damaged.");
        byte[] data = GC.AllocateUninitializedArray<byte>((int)values);
        got = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        if (got < data.Length)
            throw Bad($"the header states {string.Join(" x ", sizes)} values, but the file ends after {got}: it is truncated.");
        if (stream.ReadByte() >= 0) throw Bad($"the file holds more than the {string.Join(" x ", sizes)} values that its header states.");
        return new IdxFile(sizes, data);

        DataException Bad(string message) => new(new DataLocation(path), message);
    }
}
