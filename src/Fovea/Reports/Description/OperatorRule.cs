using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Reports.Description;

/// <summary>What a description says of an operator.</summary>
/// <param name="Kind">What it does, in words.</param>
/// <param name="Sees">What its result sees, from what its inputs see.</param>
/// <param name="MultiplyAdds">How many it costs; none where null.</param>
/// <param name="LeastDimensions">Results of fewer dimensions are bookkeeping (boxes, scores) and not listed.</param>
/// <param name="InPlace">Whether it writes into its first argument.</param>
internal sealed record OperatorRule(Func<OperatorCall, string> Kind, Func<OperatorCall, Sight, Sight> Sees,
    Func<OperatorCall, long>? MultiplyAdds = null, int LeastDimensions = 2, bool InPlace = false)
{
    private static readonly Dictionary<string, OperatorRule> Rules = new()
    {
        ["aten::conv2d"] = new(Convolution, (call, sight) => sight.Window(Kernel(call), call.Integers(3)!, call.Integers(5)),
            call => Result(call).Numel * call.Tensor(1)!.Numel / call.Tensor(1)!.Size(0)),
        ["aten::conv_transpose2d.input"] = new(call => $"transposed convolution {Sides(Kernel(call))}{Step(call.Integers(3))}", Transposed,
            call => call.Tensor(0)!.Numel * call.Tensor(1)!.Numel / call.Tensor(1)!.Size(0)),
        ["aten::linear"] = new(_ => "fully connected", Same, call => Result(call).Numel * call.Tensor(1)!.Size(-1)),
        ["aten::matmul"] = new(_ => "matrix product", Same, call => Result(call).Numel * call.Tensor(0)!.Size(-1), LeastDimensions: 3),
        ["aten::max_pool2d"] = new(call => $"max pooling {Sides(call.Integers(1)!)}{Step(call.Integers(2))}", Pooled),
        ["aten::max_pool2d_with_indices"] = new(call => $"max pooling {Sides(call.Integers(1)!)}{Step(call.Integers(2))}", Pooled),
        ["aten::avg_pool2d"] = new(call => $"average pooling {Sides(call.Integers(1)!)}{Step(call.Integers(2))}", Pooled),
        ["aten::adaptive_avg_pool2d"] = new(call => $"average pooling to {Sides(call.Integers(1)!)}", Adapted),
        ["aten::mean.dim"] = new(_ => "mean", Averaged),
        ["aten::scaled_dot_product_attention"] = new(_ => "attention", Attended, AttentionCost, LeastDimensions: 4),
        ["aten::_scaled_dot_product_attention"] = new(_ => "attention", Attended, AttentionCost, LeastDimensions: 4),
        ["aten::upsample_nearest2d.vec"] = new(_ => "resize, nearest", (call, sight) => Resized(call, sight, 1), LeastDimensions: 4),
        ["aten::upsample_bilinear2d.vec"] = new(_ => "resize, bilinear", (call, sight) => Resized(call, sight, 2), LeastDimensions: 4),
        ["aten::upsample_bicubic2d.vec"] = new(_ => "resize, bicubic", (call, sight) => Resized(call, sight, 4), LeastDimensions: 4),
    };

    // These see what their inputs see.
    private static readonly (string Name, string Kind)[] ElementWise =
    [
        ("batch_norm", "batch norm"), ("layer_norm", "layer norm"), ("group_norm", "group norm"), ("softmax.int", "softmax"),
        ("cat", "concatenation"), ("add.Tensor", "sum"), ("mul.Tensor", "product"), ("relu", "ReLU"), ("sigmoid", "sigmoid"),
        ("tanh", "tanh"), ("silu", "SiLU"), ("gelu", "GELU"), ("hardswish", "hard swish"), ("hardsigmoid", "hard sigmoid"),
        ("leaky_relu", "leaky ReLU"), ("hardtanh", "ReLU6"),
    ];

    static OperatorRule()
    {
        foreach ((string name, string kind) in ElementWise)
        {
            Rules.Add($"aten::{name}", new(_ => kind, Same, LeastDimensions: 3));
            if (!name.Contains("norm") && name is not ("cat" or "softmax.int"))
                Rules.Add($"aten::{name.Replace(".", "_.").TrimEnd('_')}{(name.Contains('.') ? "" : "_")}",
                    new(_ => $"{kind}, in place", Same, InPlace: true));
        }
    }

    /// <summary>The rule of an operator; null for those that only move numbers about.</summary>
    public static OperatorRule? Of(OperatorCall call) => Rules.GetValueOrDefault(call.Operator.Name);

    /// <summary>What operators without a rule give: views see what their sources see, but features made of a whole map see all of
    /// it.</summary>
    public static Sight Moved(OperatorCall call, Sight sight) =>
        call.Operator.Name is "aten::flatten.using_ints" or "aten::reshape" or "aten::view"
        && call.Tensor(0) is { Dim: 4 } map && Result(call) is { Dim: 2 } features
        && features.Size(0) == map.Size(0) && map.Size(2) * map.Size(3) > 1
            ? sight.Everywhere() : sight;

    private static Tensor Result(OperatorCall call) => call.Results[0];

    private static long[] Kernel(OperatorCall call) => call.Tensor(1)!.Shape[2..];

    private static Sight Same(OperatorCall call, Sight sight) => sight;

    // Without a stride of their own, windows stand side by side.
    private static Sight Pooled(OperatorCall call, Sight sight) =>
        sight.Window(call.Integers(1)!, call.Integers(2) is { Count: > 0 } stride ? stride : call.Integers(1)!);

    private static Sight Transposed(OperatorCall call, Sight sight)
    {
        long[] kernel = Kernel(call);
        (IReadOnlyList<long> stride, IReadOnlyList<long> dilation) = (call.Integers(3) ?? [1], call.Integers(7) ?? [1]);
        return new(sight.Vertical.Transposed(kernel[0], stride[0], dilation[0]),
            sight.Horizontal.Transposed(kernel[1], stride[^1], dilation[^1]));
    }

    private static Sight Adapted(OperatorCall call, Sight sight)
    {
        (Tensor map, IReadOnlyList<long> grid) = (call.Tensor(0)!, call.Integers(1)!);
        return new(Along(sight.Vertical, map.Size(-2), grid[0]), Along(sight.Horizontal, map.Size(-1), grid[^1]));

        static ReceptiveField Along(ReceptiveField field, long before, long after) => before == after ? field
            : after == 1 ? field.Everywhere()
            : field.Window((before + after - 1) / after + (before % after == 0 ? 0 : 1)) with { Stride = field.Stride * before / after };
    }

    // Over both directions of a map, or over tokens; not over the channels of a map.
    private static Sight Averaged(OperatorCall call, Sight sight) =>
        call.Integers(1) is { } dimensions && call.Tensor(0)!.Dim - dimensions.Count <= 2 ? sight.Everywhere() : sight;

    // From the second time on a window overlaps two of the windows that its tokens saw before.
    private static Sight Attended(OperatorCall call, Sight sight)
    {
        return Layer.Current is WindowAttention attention ? new(Within(sight.Vertical), Within(sight.Horizontal)) : sight.Everywhere();

        ReceptiveField Within(ReceptiveField field) => field.Window(field.Size > field.Stride ? attention.Window + 1 : attention.Window);
    }

    // Scores, and the weighted sums of values.
    private static long AttentionCost(OperatorCall call) => (call.Tensor(0)!.Numel + Result(call).Numel) * call.Tensor(1)!.Size(-2);

    private static Sight Resized(OperatorCall call, Sight sight, int taps)
    {
        (Tensor before, Tensor after) = (call.Tensor(0)!, Result(call));
        return new(sight.Vertical.Resized(before.Size(2), after.Size(2), taps),
            sight.Horizontal.Resized(before.Size(3), after.Size(3), taps));
    }

    private static string Convolution(OperatorCall call)
    {
        long groups = call.Integer(6) ?? 1;
        string rate = call.Integers(5) is { } dilation && dilation.Any(d => d > 1) ? $", dilation {Sides(dilation)}" : "";
        return $"convolution {Sides(Kernel(call))}{Step(call.Integers(3))}{rate}" +
            (groups == 1 ? "" : groups == call.Tensor(0)!.Size(1) ? ", depthwise" : $", {groups} groups");
    }

    private static string Sides(IReadOnlyList<long> sides) => $"{sides[0]}x{sides[^1]}";

    private static string Step(IReadOnlyList<long>? stride) =>
        stride is null || stride.All(s => s == 1) ? "" : stride.Distinct().Count() == 1 ? $" /{stride[0]}" : $" /{Sides(stride)}";
}
