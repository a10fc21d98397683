using Fovea.Imaging;
using Fovea.Segmentation.Crf;

namespace Fovea.Benchmarks.Operators;

/// <summary>Mean field of a fully connected CRF: one picture, from probabilities to marginals, building the lattice included.</summary>
/// <remarks>Three sizes with the same texture: their times over their pixels show that the time is linear.</remarks>
internal sealed class DenseCrfBenchmark(int height, int width, bool quick) : Benchmark
{
    private const int Classes = 21, Iterations = 10, PixelsPerBlob = 1500, Noise = 7;
    private const double SecondsPerPixel = 1.0 / (500 * 375);

    private readonly int _height = quick ? height / 10 : height, _width = quick ? width / 10 : width;

    public override string Name => $"dense-crf-{width}x{height}";

    public override string Conditions => $"dense CRF of {_height} x {_width} pixels, {Classes} classes, {Iterations} rounds, " +
        "spatial kernel of 3 pixels, bilateral kernel of 50 pixels and 5 levels";

    public override Goal Goal => new(Seconds: Math.Round(height * width * SecondsPerPixel, 2));

    public override int WarmUps => quick ? 1 : 5;

    public override int Rounds => quick ? 2 : 7;

    public override Workload Prepare(string folder, int threads)
    {
        var random = new Random(1);
        var probabilities = new float[Classes * _height * _width];
        for (int i = 0; i < probabilities.Length; i++) probabilities[i] = random.NextSingle();
        return new Refinement(Draw(random), probabilities, threads);
    }

    // Discs of any colour over each other, shaded across, with noise: about as many vertices a pixel as a photograph of a street.
    private Image Draw(Random random)
    {
        var pixels = new byte[_height * _width * 3];
        int blobs = Math.Max(1, _height * _width / PixelsPerBlob);
        for (int blob = 0; blob < blobs; blob++)
        {
            int cx = random.Next(_width), cy = random.Next(_height), radius = random.Next(10, 90);
            int[] color = [random.Next(40, 216), random.Next(40, 216), random.Next(40, 216)];
            for (int y = Math.Max(0, cy - radius); y < Math.Min(_height, cy + radius); y++)
                for (int x = Math.Max(0, cx - radius); x < Math.Min(_width, cx + radius); x++)
                    if ((x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius)
                        for (int c = 0; c < 3; c++) pixels[3 * (y * _width + x) + c] = (byte)(color[c] + (x - cx + y - cy) / 6);
        }
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-Noise, Noise + 1), 0, 255);
        return new Image(new ImageSize(_height, _width), pixels);
    }

    private sealed class Refinement(Image picture, float[] probabilities, int threads) : Workload
    {
        private readonly DenseCrf _crf = new(new DenseCrfOptions
        {
            Iterations = Iterations, SpatialWidth = 3, BilateralWidth = 50, BilateralColorWidth = 5,
        });
        private readonly float[] _refined = new float[probabilities.Length];

        public override void Run() => _crf.Refine(probabilities, Classes, picture, _refined, threads);
    }
}
