using Fovea.Data;

namespace Fovea.Transforms;

/// <summary>Checks of transforms that move pixels and labels but no objects.</summary>
internal static class Labelled
{
    public static void Expect(Sample sample, string transform)
    {
        if (sample.Annotations.Count > 0)
            throw new ArgumentException($"{transform} is for pictures with labels, but {sample.Record.Path} has " +
                $"{sample.Annotations.Count} annotated objects, which it does not move.", nameof(sample));
    }
}
