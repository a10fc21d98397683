using System.Security.Cryptography;
using Fovea.Data.Reading;
using Fovea.Imaging;

namespace Fovea.Data.Checking;

/// <summary>What decoding a picture told.</summary>
/// <param name="Size">Its true size; empty when it could not be decoded.</param>
/// <param name="Content">A hash of size and pixels; equal pictures have equal ones whatever their file format or name.</param>
/// <param name="IsGrey">Whether red, green and blue are equal everywhere.</param>
/// <param name="Error">Why it could not be decoded, or null.</param>
internal readonly record struct PictureFact(ImageSize Size, UInt128 Content, bool IsGrey, string? Error)
{
    /// <summary>Decodes pictures on all cores. No more of them than cores are in memory at a time, and only the facts stay.</summary>
    public static Dictionary<string, PictureFact> Gather(
        IReadOnlyList<PictureEntry> pictures, IProgress<(int, int)>? progress, CancellationToken cancel)
    {
        var facts = new PictureFact[pictures.Count];
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel };
        Parallel.For(0, pictures.Count, options, i =>
        {
            facts[i] = Of(pictures[i]);
            progress?.Report((Interlocked.Increment(ref done), pictures.Count));
        });
        return pictures.Zip(facts).ToDictionary(p => p.First.Path, p => p.Second, StringComparer.Ordinal);
    }

    private static PictureFact Of(PictureEntry picture)
    {
        try
        {
            Image image = picture.ReadImage();
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            sha.AppendData(BitConverter.GetBytes(image.Width)); // 2 x 3 and 3 x 2 pixels may have the same bytes
            sha.AppendData(image.Pixels);
            sha.GetHashAndReset(hash);
            return new PictureFact(image.Size, BitConverter.ToUInt128(hash), HasNoColour(image.Pixels), null);
        }
        catch (ImageException e)
        {
            return new PictureFact(default, default, false, OneLine.Shorten(e.Message, 400));
        }
    }

    private static bool HasNoColour(byte[] pixels)
    {
        for (int i = 0; i < pixels.Length; i += 3)
            if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) return false;
        return true;
    }
}
