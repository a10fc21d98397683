namespace Fovea.Tests.Reports;

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(double seconds) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
