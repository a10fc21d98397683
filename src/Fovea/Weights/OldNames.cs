using System.Text.RegularExpressions;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>Published files are older than some of their models' parts, which were called otherwise then. This table leads from the old
/// names to today's; torchvision renames the same ones while it loads.</summary>
internal static class OldNames
{
    private static readonly Row[] Table =
    [
        new("^densenet", @"^(.*denselayer\d+\.(?:norm|conv))\.([12]\.)", "$1$2"),
        new("^vit_", @"\.mlp\.linear_1\.", ".mlp.0."),
        new("^vit_", @"\.mlp\.linear_2\.", ".mlp.3."),
        new("_fpn", @"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)$", "$1.0.$2"),
        new("rcnn_", @"^(rpn\.head\.conv)\.(weight|bias)$", "$1.0.0.$2"),
        new("^maskrcnn_", @"^(roi_heads\.mask_head)\.mask_fcn1\.", "$1.0.0."),
        new("^maskrcnn_", @"^(roi_heads\.mask_head)\.mask_fcn2\.", "$1.1.0."),
        new("^maskrcnn_", @"^(roi_heads\.mask_head)\.mask_fcn3\.", "$1.2.0."),
        new("^maskrcnn_", @"^(roi_heads\.mask_head)\.mask_fcn4\.", "$1.3.0."),
        new("^retinanet_", @"^(head\.(?:classification|regression)_head\.conv)\.0\.(weight|bias)$", "$1.0.0.$2"),
        new("^retinanet_", @"^(head\.(?:classification|regression)_head\.conv)\.2\.(weight|bias)$", "$1.1.0.$2"),
        new("^retinanet_", @"^(head\.(?:classification|regression)_head\.conv)\.4\.(weight|bias)$", "$1.2.0.$2"),
        new("^retinanet_", @"^(head\.(?:classification|regression)_head\.conv)\.6\.(weight|bias)$", "$1.3.0.$2"),
    ];

    /// <summary>The tensors of a file under today's names.</summary>
    /// <param name="modelId">The model that they are for.</param>
    /// <param name="tensors">The tensors under the file's names.</param>
    public static IReadOnlyDictionary<string, StoredTensor> Renamed(string modelId, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        Row[] rows = [.. Table.Where(row => row.Models.IsMatch(modelId))];
        if (rows.Length == 0) return tensors;
        // Where a name of today is in the file as well, the old one stays, and is told as unexpected.
        return tensors.ToDictionary(
            tensor => Today(rows, tensor.Key) is var name && tensors.ContainsKey(name) ? tensor.Key : name, tensor => tensor.Value);
    }

    /// <summary>Today's name.</summary>
    public static string Today(string modelId, string name) => Today([.. Table.Where(row => row.Models.IsMatch(modelId))], name);

    private static string Today(Row[] rows, string name) =>
        rows.FirstOrDefault(row => row.Old.IsMatch(name)) is { } found ? found.Old.Replace(name, found.New) : name;

    /// <summary>Which models' ids, which names in their files, and what they became.</summary>
    private sealed class Row(string models, string old, string today)
    {
        public Regex Models { get; } = new(models, RegexOptions.CultureInvariant);

        public Regex Old { get; } = new(old, RegexOptions.CultureInvariant);

        public string New => today;
    }
}
