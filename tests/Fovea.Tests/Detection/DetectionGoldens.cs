using System.Text.Json;
using Fovea.Tests.Ops;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Detection;

/// <summary>What torchvision's parts answer (tests/goldens/detection), and the formula by which their weights were filled.</summary>
internal static class DetectionGoldens
{
    private static readonly Lazy<JsonElement> Values = new(() => OpsGoldens.Load("detection"));

    public static JsonElement Golden(string name) => Values.Value.GetProperty(name);

    /// <summary>A tensor filled by the formula of <see cref="OpsGoldens.Fill"/>.</summary>
    public static Tensor Filled(int seed, params long[] shape) =>
        Tensor.From(OpsGoldens.Fill((int)shape.Aggregate(1L, (product, length) => product * length), seed), shape);

    /// <summary>Fills the state by the formula, one seed an entry.</summary>
    public static T Weighed<T>(T module) where T : Module
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        int seed = 100;
        foreach ((_, Tensor value) in module.StateDict()) value.CopyInPlace(Filled(seed++, value.Shape) * 0.5);
        return module;
    }

    public static float[] Values32(params IEnumerable<Tensor> tensors) => [.. tensors.SelectMany(tensor => tensor.ToArray<float>())];
}
