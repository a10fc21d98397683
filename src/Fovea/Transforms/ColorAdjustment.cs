using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>The four changes of colour that <see cref="ColorJitter"/> is made of, as torchvision defines them on 8-bit tensors.</summary>
/// <remarks>Values are cut to 0 to 255 and rounded towards zero. All but hue give torchvision's bytes exactly; hue may differ by 1,
/// because torchvision's own conversion back to bytes changed between versions (this is the later one: times 255.999).</remarks>
public static class ColorAdjustment
{
    /// <summary>Every value times a factor: 0 gives black, 1 the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or not a number.</exception>
    public static Image Brightness(Image image, double factor)
    {
        CheckFactor(factor);
        return Map(image, new Blend((float)factor, Vector256<float>.Zero));
    }

    /// <summary>Blends with the mean grey of the picture: 0 gives that grey everywhere, 1 the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or not a number.</exception>
    public static Image Contrast(Image image, double factor)
    {
        CheckFactor(factor);
        float mean = (float)((double)GreySum(image.Pixels) / image.Size.Pixels);
        return Map(image, new Blend((float)factor, Vector256.Create((float)(1 - factor) * mean)));
    }

    /// <summary>Blends with the picture's own grey version: 0 gives grey, 1 the picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or not a number.</exception>
    public static Image Saturation(Image image, double factor)
    {
        CheckFactor(factor);
        return Map(image, new TowardsGrey((float)factor, (float)(1 - factor)));
    }

    /// <summary>Turns the hue: 0 leaves it, -0.5 and 0.5 give the opposite colours.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The turn is not within -0.5 to 0.5.</exception>
    public static Image Hue(Image image, double turn)
    {
        if (!(turn is >= -0.5 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(turn), turn, "A turn of the hue is -0.5 to 0.5.");
        return Map(image, new TurnHue((float)turn));
    }

    private static void CheckFactor(double factor, [CallerArgumentExpression(nameof(factor))] string? name = null)
    {
        if (!(factor >= 0 && double.IsFinite(factor)))
            throw new ArgumentOutOfRangeException(name, factor, "A factor is 0 or more.");
    }

    private static Image Map<TMap>(Image image, TMap map) where TMap : struct, IPixelMap
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(image.Pixels.Length);
        PixelLanes.MapAll(image.Pixels, pixels, map);
        return new Image(image.Size, pixels);
    }

    // Grey is rounded down to whole numbers before it is summed or blended, as in torchvision.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Grey(Vector256<float> r, Vector256<float> g, Vector256<float> b) =>
        Vector256.Floor(r * 0.2989f + g * 0.587f + b * 0.114f);

    private static long GreySum(ReadOnlySpan<byte> pixels)
    {
        long sum = 0;
        int i = 0;
        for (; i + PixelLanes.Bytes <= pixels.Length; i += PixelLanes.Bytes) sum += GreyOf(pixels.Slice(i, PixelLanes.Bytes));
        Span<byte> rest = stackalloc byte[PixelLanes.Bytes];
        rest.Clear();                                                // black pixels add nothing
        pixels[i..].CopyTo(rest);
        return sum + GreyOf(rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int GreyOf(ReadOnlySpan<byte> sixteen)
    {
        PixelLanes lanes = PixelLanes.Load(ref MemoryMarshal.GetReference(sixteen));
        (Vector256<float> r0, Vector256<float> r1) = PixelLanes.ToSingle(lanes.Red);
        (Vector256<float> g0, Vector256<float> g1) = PixelLanes.ToSingle(lanes.Green);
        (Vector256<float> b0, Vector256<float> b1) = PixelLanes.ToSingle(lanes.Blue);
        return (int)Vector256.Sum(Grey(r0, g0, b0) + Grey(r1, g1, b1)); // whole numbers below 2^24: exact in any order
    }

    private readonly struct Blend(float factor, Vector256<float> rest) : IPixelMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<float>, Vector256<float>, Vector256<float>) Map(Vector256<float> r, Vector256<float> g, Vector256<float> b) =>
            (r * factor + rest, g * factor + rest, b * factor + rest);
    }

    private readonly struct TowardsGrey(float factor, float rest) : IPixelMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<float>, Vector256<float>, Vector256<float>) Map(Vector256<float> r, Vector256<float> g, Vector256<float> b)
        {
            Vector256<float> grey = Grey(r, g, b) * rest;
            return (r * factor + grey, g * factor + grey, b * factor + grey);
        }
    }

    // RGB to hue, saturation and value, and back with the hue turned (the hexagonal model: Smith, "Color Gamut Transform Pairs",
    // SIGGRAPH 1978).
    private readonly struct TurnHue(float turn) : IPixelMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (Vector256<float>, Vector256<float>, Vector256<float>) Map(Vector256<float> r, Vector256<float> g, Vector256<float> b)
        {
            Vector256<float> one = Vector256.Create(1f), zero = Vector256<float>.Zero;
            (r, g, b) = (r / 255f, g / 255f, b / 255f);
            Vector256<float> value = Vector256.Max(r, Vector256.Max(g, b)), least = Vector256.Min(r, Vector256.Min(g, b)),
                range = value - least;
            Vector256<float> isGrey = Vector256.Equals(range, zero);
            Vector256<float> divisor = Vector256.ConditionalSelect(isGrey, one, range);
            Vector256<float> saturation = range / Vector256.ConditionalSelect(isGrey, one, value);
            Vector256<float> rc = (value - r) / divisor, gc = (value - g) / divisor, bc = (value - b) / divisor;
            Vector256<float> sector = Vector256.ConditionalSelect(Vector256.Equals(value, r), bc - gc,
                Vector256.ConditionalSelect(Vector256.Equals(value, g), Vector256.Create(2f) + rc - bc,
                    Vector256.Create(4f) + gc - rc));
            Vector256<float> hue = sector / 6f + one;
            hue -= Vector256.Floor(hue);
            hue += Vector256.Create(turn);
            hue -= Vector256.Floor(hue);

            Vector256<float> six = hue * 6f, which = Vector256.Floor(six), part = six - which;
            Vector256<float> p = value * (one - saturation), q = value * (one - saturation * part),
                t = value * (one - saturation * (one - part));
            which = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(which, Vector256.Create(6f)), zero, which);
            Vector256<float> is0 = Vector256.Equals(which, zero), is1 = Vector256.Equals(which, one);
            Vector256<float> is2 = Vector256.Equals(which, Vector256.Create(2f)), is3 = Vector256.Equals(which, Vector256.Create(3f));
            Vector256<float> is4 = Vector256.Equals(which, Vector256.Create(4f)), is5 = Vector256.Equals(which, Vector256.Create(5f));
            Vector256<float> scale = Vector256.Create(255.999f);
            return (
                scale * Vector256.ConditionalSelect(is1, q,
                    Vector256.ConditionalSelect(is2 | is3, p, Vector256.ConditionalSelect(is4, t, value))),
                scale * Vector256.ConditionalSelect(is0, t,
                    Vector256.ConditionalSelect(is1 | is2, value, Vector256.ConditionalSelect(is3, q, p))),
                scale * Vector256.ConditionalSelect(is2, t,
                    Vector256.ConditionalSelect(is3 | is4, value, Vector256.ConditionalSelect(is5, q, p))));
        }
    }
}
