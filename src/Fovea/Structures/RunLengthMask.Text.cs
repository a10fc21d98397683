using System.Buffers;
using System.Text;
using Fovea.Imaging;

namespace Fovea.Structures;

// COCO's string: each run less the one two before it (from the fourth on), in pieces of five bits, the lowest first. A character is 48
// plus the piece, plus 32 where more pieces follow; the highest bit of the last piece is the sign.
public sealed partial class RunLengthMask
{
    private const int FirstCharacter = 48, PieceBits = 5, More = 0x20, Sign = 0x10, Piece = 0x1f;
    private const int LongestNumber = 7; // Pieces of a difference of two 32-bit runs.

    /// <summary>The run lengths as COCO's compressed string, the "counts" of its files.</summary>
    public string ToCompressed()
    {
        byte[] text = ArrayPool<byte>.Shared.Rent(LongestNumber * _counts.Length);
        int length = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            long number = i > 2 ? (long)_counts[i] - _counts[i - 2] : _counts[i];
            bool more;
            do
            {
                int piece = (int)number & Piece;
                number >>= PieceBits;
                more = number != ((piece & Sign) != 0 ? -1 : 0);
                text[length++] = (byte)(FirstCharacter + piece + (more ? More : 0));
            }
            while (more);
        }
        string compressed = Encoding.ASCII.GetString(text, 0, length);
        ArrayPool<byte>.Shared.Return(text);
        return compressed;
    }

    /// <summary>A mask from COCO's compressed string.</summary>
    /// <param name="text">The "counts" of a COCO file.</param>
    /// <param name="size">Its "size", which is height, width.</param>
    /// <exception cref="ArgumentException">The size is not valid, the text holds another character or ends in the middle of a number,
    /// a run is negative, or the runs do not add up to the picture's pixels.</exception>
    public static RunLengthMask FromCompressed(ReadOnlySpan<char> text, ImageSize size)
    {
        PixelsOf(size);
        long[] counts = ArrayPool<long>.Shared.Rent(text.Length + 1);
        try
        {
            int length = 0, bits = 0;
            long number = 0;
            for (int i = 0; i < text.Length; i++)
            {
                uint piece = (uint)text[i] - FirstCharacter;
                if (piece > (More | Piece))
                    throw new ArgumentException($"Character {i} of the mask's text is '{text[i]}', which run lengths do not use.",
                        nameof(text));
                number |= (long)(piece & Piece) << bits;
                bits += PieceBits;
                if ((piece & More) != 0)
                {
                    if (bits >= LongestNumber * PieceBits)
                        throw new ArgumentException($"The number before character {i + 1} of the mask's text is too large.", nameof(text));
                    continue;
                }
                if ((piece & Sign) != 0) number -= 1L << bits;
                counts[length] = length > 2 ? number + counts[length - 2] : number;
                length++;
                (number, bits) = (0, 0);
            }
            if (bits != 0) throw new ArgumentException("The mask's text ends in the middle of a number.", nameof(text));
            return FromUncompressed(counts.AsSpan(0, length), size);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(counts);
        }
    }
}
