namespace Fovea.Backbones;

/// <summary>Numbers of channels that hardware likes.</summary>
internal static class ChannelCount
{
    /// <summary>The nearest multiple of the divisor, at least one of it, and the next one above where that would take more than a tenth
    /// away: how MobileNets and their kin round what a multiplier gives.</summary>
    public static long Round(double channels, long divisor = 8)
    {
        long rounded = Math.Max(divisor, (long)(channels + divisor / 2.0) / divisor * divisor);
        return rounded < 0.9 * channels ? rounded + divisor : rounded;
    }
}
