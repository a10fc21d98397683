namespace Fovea.Imaging;

/// <summary>Which source positions make each target position of a resized line, and with what weights.</summary>
/// <param name="First">For each target position the first source position.</param>
/// <param name="Count">For each target position the number of source positions.</param>
/// <param name="Weights">For each target position <paramref name="Stride"/> weights, of which the first ones are used; they sum to
/// 1.</param>
/// <param name="Stride">Weights from one target position to the next.</param>
internal sealed record Taps(int[] First, int[] Count, double[] Weights, int Stride)
{
    /// <summary>The taps from a line of one length to a line of another.</summary>
    public static Taps Between(int source, int target, Interpolation interpolation) => Between(0, source, target, interpolation);

    /// <summary>The taps from a stretch of a line to a line of another length. Only pixels of which some lies in the stretch are
    /// used.</summary>
    public static Taps Between(double start, double length, int target, Interpolation interpolation)
    {
        int from = (int)start, source = (int)Math.Ceiling(start + length) - from;
        double scale = length / target, spread = Math.Max(scale, 1), reach = (interpolation == Interpolation.Bicubic ? 2 : 1) * spread;
        double perPixel = 1 / spread;
        int stride = (int)Math.Ceiling(reach) * 2 + 1;
        var first = new int[target];
        var count = new int[target];
        var weights = new double[checked(target * stride)];
        for (int i = 0; i < target; i++)
        {
            double centre = start - from + (i + 0.5) * scale;
            first[i] = Math.Max(0, (int)(centre - reach + 0.5));
            count[i] = Math.Min(source, (int)(centre + reach + 0.5)) - first[i];
            Span<double> own = weights.AsSpan(i * stride, count[i]);
            double total = 0;
            for (int k = 0; k < own.Length; k++)
            {
                double x = Math.Abs((k + first[i] - centre + 0.5) * perPixel);
                total += own[k] = interpolation == Interpolation.Bicubic ? Cubic(x) : Math.Max(0, 1 - x);
            }
            for (int k = 0; k < own.Length; k++) own[k] /= total;
            first[i] += from;
        }
        return new Taps(first, count, weights, stride);
    }

    private static double Cubic(double x)
    {
        const double a = -0.5;
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
}
