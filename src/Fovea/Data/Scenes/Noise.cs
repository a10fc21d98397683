namespace Fovea.Data.Scenery;

/// <summary>Value noise: random numbers on a 256 x 256 lattice that repeats, smoothly joined. Used for every texture.</summary>
internal static class Noise
{
    private static readonly float[] Lattice = MakeLattice();

    /// <summary>Noise at a place, 0 to 1; features are about one unit large.</summary>
    public static float At(float x, float y)
    {
        float floorX = MathF.Floor(x), floorY = MathF.Floor(y);
        float tx = x - floorX, ty = y - floorY;
        tx = tx * tx * (3 - 2 * tx);
        ty = ty * ty * (3 - 2 * ty);
        int x0 = (int)floorX & 255, x1 = (x0 + 1) & 255;
        int y0 = ((int)floorY & 255) << 8, y1 = (y0 + 256) & 0xFFFF;
        float[] lattice = Lattice;
        float top = lattice[y0 + x0] + (lattice[y0 + x1] - lattice[y0 + x0]) * tx;
        float bottom = lattice[y1 + x0] + (lattice[y1 + x1] - lattice[y1 + x0]) * tx;
        return top + (bottom - top) * ty;
    }

    /// <summary>The lattice itself, without joining: a random number 0 to 1 for a pixel.</summary>
    public static float Grain(int x, int y) => Lattice[((y & 255) << 8) | (x & 255)];

    /// <summary>The sum of several noises, each of half the size and half the strength of the one before; 0 to 1.</summary>
    public static float Fractal(float x, float y, int octaves)
    {
        float sum = 0, weight = 0.5f, total = 0;
        for (int i = 0; i < octaves; i++)
        {
            sum += weight * At(x, y);
            total += weight;
            weight *= 0.5f;
            x = x * 2 + 17.3f;
            y = y * 2 + 41.7f;
        }
        return sum / total;
    }

    private static float[] MakeLattice()
    {
        var random = new SampleRandom(0x5CE4E5);
        var lattice = new float[256 * 256];
        for (int i = 0; i < lattice.Length; i++) lattice[i] = (float)random.NextDouble();
        return lattice;
    }
}
