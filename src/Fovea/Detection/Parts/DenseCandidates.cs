using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>Candidates of detectors that score every class at every place.</summary>
internal static class DenseCandidates
{
    /// <summary>The best pairs of place and class of one picture.</summary>
    /// <param name="boxes">P x 4, in pixels of the batch.</param>
    /// <param name="scores">P x K, of the classes without background.</param>
    /// <param name="threshold">Pairs up to this score are left out.</param>
    /// <param name="most">How many are taken at most.</param>
    public static DetectionCandidates Best(Boxes boxes, Tensor scores, double threshold, long most)
    {
        using var scope = new TensorScope();
        Tensor flat = scores.Flatten();                                                     // PK
        Tensor pairs = (flat > threshold).NonZero().Flatten(), values = flat.IndexSelect(0, pairs);
        if (values.Numel > most)
        {
            (values, Tensor top) = values.TopK(most);
            pairs = pairs.IndexSelect(0, top);
        }
        Boxes chosen = boxes.Select(pairs.FloorDivide(scores.Size(1)));
        scope.Keep(chosen.Tensor);
        return new DetectionCandidates(chosen, scope.Keep(values), scope.Keep(pairs.Remainder(scores.Size(1)) + 1));
    }
}
