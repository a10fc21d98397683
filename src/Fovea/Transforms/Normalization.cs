using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>How 8-bit colours become a network's input: (value / 255 - mean) / deviation, for each channel.</summary>
/// <param name="Mean">Mean of red, green and blue, on the scale 0 to 1.</param>
/// <param name="Deviation">Standard deviation of red, green and blue, on the scale 0 to 1; not zero.</param>
public sealed record Normalization((float Red, float Green, float Blue) Mean, (float Red, float Green, float Blue) Deviation)
{
    /// <summary>The statistics of ImageNet that torchvision's models use.</summary>
    public static Normalization ImageNet { get; } = new((0.485f, 0.456f, 0.406f), (0.229f, 0.224f, 0.225f));

    /// <summary>To -1 to 1.</summary>
    public static Normalization Symmetric { get; } = new((0.5f, 0.5f, 0.5f), (0.5f, 0.5f, 0.5f));

    /// <summary>Only the division by 255.</summary>
    public static Normalization None { get; } = new((0, 0, 0), (1, 1, 1));

    /// <summary>Standard deviation of red, green and blue, on the scale 0 to 1; not zero.</summary>
    public (float Red, float Green, float Blue) Deviation { get; } =
        Good(Deviation.Red) && Good(Deviation.Green) && Good(Deviation.Blue) ? Deviation
            : throw new ArgumentOutOfRangeException(nameof(Deviation), Deviation, "A standard deviation must be finite and above 0.");

    /// <summary>Writes a picture into three planes of floats: height x width x 3 bytes become 3 x height x width.</summary>
    /// <remarks>Bit for bit what dividing, subtracting and dividing float32 tensors gives.</remarks>
    /// <param name="image">The picture.</param>
    /// <param name="planes">Receives the values; what lies between the rows and planes is left as it is.</param>
    /// <param name="planeStride">Floats from one plane to the next: at least height x <paramref name="rowStride"/>.</param>
    /// <param name="rowStride">Floats from one row to the next: at least the picture's width, more where the batch is padded.</param>
    /// <exception cref="ArgumentException">The strides or the span are too small for the picture.</exception>
    public void Write(Image image, Span<float> planes, int planeStride, int rowStride)
    {
        (int height, int width) = image.Size;
        if (rowStride < width)
            throw new ArgumentException($"A row of {width} pixels does not fit into a row stride of {rowStride}.", nameof(rowStride));
        if (planeStride < (long)(height - 1) * rowStride + width)
            throw new ArgumentException(
                $"A picture of {image.Size} with row stride {rowStride} does not fit into a plane of {planeStride}.", nameof(planeStride));
        if (planes.Length < 2L * planeStride + (long)(height - 1) * rowStride + width)
            throw new ArgumentException($"Three planes of {planeStride} floats are needed, but {planes.Length} floats were given.",
                nameof(planes));
        for (int y = 0; y < height; y++)
            WriteRow(image.Pixels.AsSpan(y * width * 3, width * 3), planes[(y * rowStride)..], planeStride, width);
    }

    private void WriteRow(ReadOnlySpan<byte> row, Span<float> planes, int planeStride, int width)
    {
        Span<float> red = planes[..width], green = planes.Slice(planeStride, width), blue = planes.Slice(2 * planeStride, width);
        ref byte from = ref MemoryMarshal.GetReference(row);
        int x = 0;
        for (; x + PixelLanes.Pixels <= width; x += PixelLanes.Pixels)
        {
            PixelLanes lanes = PixelLanes.Load(ref Unsafe.Add(ref from, x * 3));
            Sixteen(lanes.Red, Mean.Red, Deviation.Red, ref red[x]);
            Sixteen(lanes.Green, Mean.Green, Deviation.Green, ref green[x]);
            Sixteen(lanes.Blue, Mean.Blue, Deviation.Blue, ref blue[x]);
        }
        for (; x < width; x++)
        {
            red[x] = (row[x * 3] / 255f - Mean.Red) / Deviation.Red;
            green[x] = (row[x * 3 + 1] / 255f - Mean.Green) / Deviation.Green;
            blue[x] = (row[x * 3 + 2] / 255f - Mean.Blue) / Deviation.Blue;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sixteen(Vector128<byte> bytes, float mean, float deviation, ref float target)
    {
        (Vector256<float> low, Vector256<float> high) = PixelLanes.ToSingle(bytes);
        ((low / 255f - Vector256.Create(mean)) / deviation).StoreUnsafe(ref target);
        ((high / 255f - Vector256.Create(mean)) / deviation).StoreUnsafe(ref target, 8);
    }

    private static bool Good(float deviation) => float.IsFinite(deviation) && deviation > 0;
}
