using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>The end of a residual branch.</summary>
internal static class Residual
{
    /// <summary>Branch + shortcut. The branch's memory is used where no gradient is recorded; where one is, writing into what a fully
    /// connected layer gives would make its backward copy the gradient.</summary>
    /// <param name="branch">What a layer has just made: the caller gives it away.</param>
    /// <param name="shortcut">The same shape.</param>
    public static Tensor Join(Tensor branch, Tensor shortcut) => GradMode.IsEnabled ? branch + shortcut : branch.AddInPlace(shortcut);
}
