using System.Numerics.Tensors;
using Fovea.Torch.Quantization;

namespace Fovea.Quantization;

/// <summary>How often numbers of each size occur, and the range that 8 bits had best stand for.</summary>
/// <remarks>Of smallest squared error: Nagel et al.: "A White Paper on Neural Network Quantization" (2021), section 3.1, equation 9.
/// A narrower range cuts off what lies beyond but rounds all else more finely; with the smallest and the largest number as its ends
/// (Krishnamoorthi 2018, section 3.1.2) a single outlier would coarsen everything. Exact zeros are left out: they are never
/// rounded.</remarks>
public sealed class ValueHistogram
{
    private const int Bins = 8192, Half = Bins / 2, Candidates = 128, Steps = 255;

    private readonly long[] _counts = new long[Bins];
    private float _radius;          // bins cover -radius to radius; a power of two, so that bins merge in pairs as it grows

    /// <summary>Numbers that were counted, zeros included.</summary>
    public long Count { get; private set; }

    /// <summary>The smallest number, or 0 where there are none below.</summary>
    public float Low { get; private set; }

    /// <summary>The largest number, or 0 where there are none above.</summary>
    public float High { get; private set; }

    /// <summary>Counts numbers.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        Count += values.Length;
        if (values.IsEmpty) return;
        float low = TensorPrimitives.Min(values), high = TensorPrimitives.Max(values);
        if (!float.IsFinite(low) || !float.IsFinite(high))
            throw new ArgumentException("A layer gave NaN or infinity for a picture: such a network cannot be quantised.", nameof(values));
        (Low, High) = (Math.Min(Low, low), Math.Max(High, high));
        Cover(Math.Max(-low, high));
        if (_radius == 0) return;
        float bins = Half / _radius;
        foreach (float value in values)
            if (value != 0) _counts[Math.Min((int)(value * bins + Half), Bins - 1)]++;
    }

    /// <summary>The range of smallest squared error: within that of the numbers, with zero in it.</summary>
    public ValueRange BestRange()
    {
        if (_radius == 0) return new ValueRange(0, 0);
        var sums = new Sums(_counts, _radius);
        (double error, double low, double high) best = (double.PositiveInfinity, Low, High);
        int lows = Low < 0 ? Candidates : 1, highs = High > 0 ? Candidates : 1;
        for (int i = lows; i > 0; i--)
            for (int j = highs; j > 0; j--)
            {
                (double low, double high) = ((double)Low * i / lows, (double)High * j / highs);
                double error = sums.Error(low, high);
                if (error < best.error) best = (error, low, high);
            }
        return new ValueRange(best.low, best.high);
    }

    private void Cover(float magnitude)
    {
        if (magnitude <= _radius) return;
        // float.MaxValue has no power of two above it.
        float radius = magnitude > 1e38f ? throw new ArgumentException($"A layer gave {magnitude:g3}: such a network cannot be quantised.")
            : magnitude < 1e-30f ? 1e-30f : MathF.ScaleB(1, (int)Math.Ceiling(Math.Log2(magnitude)));
        if (_radius == 0) _radius = radius;
        for (; _radius < radius; _radius *= 2)
        {
            // From the middle outwards, in place: bins 2i and 2i + 1 of a half become bin i.
            for (int i = 0; i < Half / 2; i++)
            {
                _counts[Half + i] = _counts[Half + 2 * i] + _counts[Half + 2 * i + 1];
                _counts[Half - 1 - i] = _counts[Half - 1 - 2 * i] + _counts[Half - 2 - 2 * i];
            }
            _counts.AsSpan(Half + Half / 2).Clear();
            _counts.AsSpan(0, Half / 2).Clear();
        }
    }

    /// <summary>Running sums over the bins of count, value and squared value: errors of any range at once.</summary>
    private sealed class Sums
    {
        private readonly double[] _count = new double[Bins + 1], _first = new double[Bins + 1], _second = new double[Bins + 1];
        private readonly double _radius;

        public Sums(long[] counts, double radius)
        {
            _radius = radius;
            for (int i = 0; i < Bins; i++)
            {
                double centre = (i + 0.5 - Half) * radius / Half;
                _count[i + 1] = _count[i] + counts[i];
                _first[i + 1] = _first[i] + counts[i] * centre;
                _second[i + 1] = _second[i] + counts[i] * centre * centre;
            }
        }

        /// <summary>Sum of squared differences: rounding is even over a step within the range, and what lies beyond becomes its
        /// end.</summary>
        public double Error(double low, double high)
        {
            int from = Bin(low), to = Bin(high);
            double step = (high - low) / Steps;
            return (_count[to] - _count[from]) * step * step / 12 + Beyond(0, from, low) + Beyond(to, Bins, high);
        }

        private int Bin(double edge) => (int)Math.Clamp(Math.Round(edge / _radius * Half) + Half, 0, Bins);

        private double Beyond(int from, int to, double end) => _second[to] - _second[from]
            - 2 * end * (_first[to] - _first[from]) + end * end * (_count[to] - _count[from]);
    }
}
