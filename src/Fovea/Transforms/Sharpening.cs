using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Sharper and softer pictures, as Pillow's <c>ImageEnhance.Sharpness</c> makes them.</summary>
internal static unsafe class Sharpening
{
    private const int Lanes = 16;

    /// <summary>Blends a picture with a version smoothed by (1 1 1; 1 5 1; 1 1 1) / 13, whose edge pixels are the picture's.</summary>
    /// <param name="image">The picture; it stays as it is.</param>
    /// <param name="factor">0 gives the smooth version, 1 the picture, more a sharper one.</param>
    public static Image Apply(Image image, double factor)
    {
        byte[] target = (byte[])image.Pixels.Clone();
        int stride = 3 * image.Width, inner = stride - 6;
        fixed (byte* first = image.Pixels, result = target)
            for (int y = 1; y < image.Height - 1; y++)
            {
                byte* from = first + (long)y * stride + 3, to = result + (long)y * stride + 3;
                int i = 0;
                for (; i + Lanes <= inner; i += Lanes) Sixteen(from + i, stride, (float)factor).Store(to + i);
                for (; i < inner; i++) to[i] = One(from + i, stride, (float)factor);
            }
        return new Image(image.Size, target);
    }

    private static byte One(byte* centre, int stride, float factor)
    {
        int sum = 4 * *centre;
        for (byte* row = centre - stride; row <= centre + stride; row += stride) sum += row[-3] + row[0] + row[3];
        float smooth = (sum + 6) / 13;                                      // sum / 13, rounded: no sum lies between two
        return (byte)Math.Clamp(smooth + factor * (*centre - smooth), 0, 255);
    }

    private static Vector128<byte> Sixteen(byte* centre, int stride, float factor)
    {
        Vector256<ushort> own = Load(centre), sum = own << 2;                // at most 13 x 255
        for (int row = -1; row <= 1; row++)
        {
            byte* at = centre + row * stride;
            sum += Load(at - 3) + Load(at) + Load(at + 3);
        }
        return PixelLanes.ToBytes(Blend(sum.GetLower(), own.GetLower(), factor), Blend(sum.GetUpper(), own.GetUpper(), factor));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Blend(Vector128<ushort> sum, Vector128<ushort> own, float factor)
    {
        Vector256<float> smooth = Vector256.Floor(ToSingle(sum) * (1 / 13f) + Vector256.Create(0.5f));
        return smooth + (ToSingle(own) - smooth) * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToSingle(Vector128<ushort> values)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(values);
        return Vector256.ConvertToSingle(Vector256.Create(low, high).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Load(byte* source)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(source));
        return Vector256.Create(low, high);
    }
}
