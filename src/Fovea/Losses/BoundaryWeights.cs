using System.Buffers;
using Fovea.Structures;

namespace Fovea.Losses;

/// <summary>U-Net's weights of pixels: 1 + w0 exp(-(d1 + d2)^2 / (2 sigma^2)), where d1 and d2 are the distances to the nearest and the second
/// nearest object. They force the network to learn the thin lines that keep touching objects apart.</summary>
/// <remarks>Ronneberger, Fischer, Brox: "U-Net" (MICCAI 2015), section 3, equation 2, without its class weights, which are the loss's. Objects are the
/// connected components (four neighbours) of pixels of one class other than the background, class 0; on the pixels of objects the weight
/// is 1. Distances are Euclidean, between pixel centres.</remarks>
public sealed record BoundaryWeights
{
    // exp(-25/2 ...) of what lies beyond is less than 4e-6.
    private const double Reach = 5;

    /// <summary>w0: the most that is added. Default: the paper's 10.</summary>
    public double Weight { get; init => field = Check.NotNegative(value); } = 10;

    /// <summary>Sigma, in pixels. Default: the paper's 5.</summary>
    public double Sigma { get; init => field = Check.Positive(value); } = 5;

    /// <summary>The weights of a picture's pixels, row by row.</summary>
    public float[] Compute(SegmentationMap map)
    {
        (int height, int width) = map.Size;
        var weights = new float[map.Labels.Length];
        weights.AsSpan().Fill(1);
        List<Component> components = Components(map);
        if (components.Count < 2) return weights;
        int reach = (int)Math.Ceiling(Reach * Sigma);
        var nearest = new float[weights.Length];
        var second = new float[weights.Length];
        nearest.AsSpan().Fill(float.PositiveInfinity);
        second.AsSpan().Fill(float.PositiveInfinity);
        foreach (Component component in components)
        {
            int top = Math.Max(0, component.Top - reach), bottom = Math.Min(height, component.Bottom + 1 + reach);
            int left = Math.Max(0, component.Left - reach), right = Math.Min(width, component.Right + 1 + reach);
            float[] squares = SquaredDistances(component.Pixels, width, top, bottom, left, right);
            for (int y = top, i = 0; y < bottom; y++)
                for (int x = left; x < right; x++, i++)
                {
                    int at = y * width + x;
                    float distance = MathF.Sqrt(squares[i]);
                    if (distance < nearest[at]) (nearest[at], second[at]) = (distance, nearest[at]);
                    else if (distance < second[at]) second[at] = distance;
                }
            ArrayPool<float>.Shared.Return(squares);
        }
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = (double)nearest[i] + second[i];
            if (map.Labels[i] == 0 && double.IsFinite(sum)) weights[i] += (float)(Weight * Math.Exp(-sum * sum / (2 * Sigma * Sigma)));
        }
        return weights;
    }

    private sealed record Component(List<int> Pixels)
    {
        public int Top = int.MaxValue, Bottom = -1, Left = int.MaxValue, Right = -1;
    }

    private static List<Component> Components(SegmentationMap map)
    {
        (int height, int width) = map.Size;
        byte[] labels = map.Labels;
        var seen = new bool[labels.Length];
        var found = new List<Component>();
        var open = new Stack<int>();
        for (int start = 0; start < labels.Length; start++)
        {
            if (seen[start] || labels[start] is 0 or SegmentationMap.Ignore) continue;
            var component = new Component([]);
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                (int y, int x) = Math.DivRem(at, width);
                component.Pixels.Add(at);
                (component.Top, component.Bottom) = (Math.Min(component.Top, y), Math.Max(component.Bottom, y));
                (component.Left, component.Right) = (Math.Min(component.Left, x), Math.Max(component.Right, x));
                if (x > 0) Visit(at - 1);
                if (x + 1 < width) Visit(at + 1);
                if (y > 0) Visit(at - width);
                if (y + 1 < height) Visit(at + width);

                void Visit(int next)
                {
                    if (seen[next] || labels[next] != labels[at]) return;
                    seen[next] = true;
                    open.Push(next);
                }
            }
            found.Add(component);
        }
        return found;
    }

    // Exact, in linear time: columns first, then the lower envelope of parabolas along each row (Felzenszwalb and Huttenlocher: "Distance
    // Transforms of Sampled Functions", Theory of Computing 2012). Rented; the rectangle's rows lie one after the other.
    private static float[] SquaredDistances(List<int> pixels, int width, int top, int bottom, int left, int right)
    {
        int rows = bottom - top, columns = right - left;
        float[] map = ArrayPool<float>.Shared.Rent(rows * columns);
        const int Far = 1 << 20;                        // more than any side, and its square is exact enough to lose every comparison
        var steps = new int[rows * columns];
        Array.Fill(steps, Far);
        foreach (int pixel in pixels) steps[(pixel / width - top) * columns + pixel % width - left] = 0;
        for (int x = 0; x < columns; x++)
        {
            for (int y = 1; y < rows; y++) steps[y * columns + x] = Math.Min(steps[y * columns + x], steps[(y - 1) * columns + x] + 1);
            for (int y = rows - 2; y >= 0; y--) steps[y * columns + x] = Math.Min(steps[y * columns + x], steps[(y + 1) * columns + x] + 1);
        }
        var vertices = new int[columns];
        var from = new double[columns + 1];
        for (int y = 0; y < rows; y++)
        {
            Span<int> row = steps.AsSpan(y * columns, columns);
            int last = 0;
            (vertices[0], from[0], from[1]) = (0, double.NegativeInfinity, double.PositiveInfinity);
            for (int x = 1; x < columns; x++)
            {
                double meet;
                while ((meet = Meet(row, x, vertices[last])) <= from[last]) last--;
                last++;
                (vertices[last], from[last], from[last + 1]) = (x, meet, double.PositiveInfinity);
            }
            for (int x = 0, k = 0; x < columns; x++)
            {
                while (from[k + 1] < x) k++;
                double dx = x - vertices[k], dy = row[vertices[k]];
                map[y * columns + x] = (float)(dx * dx + dy * dy);
            }
        }
        return map;
    }

    // Where the parabolas over x and over v < x meet.
    private static double Meet(Span<int> row, int x, int v) =>
        ((double)row[x] * row[x] + (double)x * x - (double)row[v] * row[v] - (double)v * v) / (2.0 * (x - v));
}
