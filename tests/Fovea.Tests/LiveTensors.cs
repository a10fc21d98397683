using Fovea.Torch;

namespace Fovea.Tests;

/// <summary>Counts tensors, for tests that look for leaks.</summary>
internal static class LiveTensors
{
    /// <summary>How many there are once those that earlier tests dropped are gone: otherwise they would go in the middle of the
    /// next test, and its counts differ by them.</summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.LiveCount;
    }
}
