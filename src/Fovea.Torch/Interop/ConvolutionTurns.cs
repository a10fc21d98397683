namespace Fovea.Torch.Interop;

/// <summary>Keeps convolutions of short numbers (8-bit integers, bfloat16) apart from all others on the CPU, where libtorch needs it.</summary>
/// <remarks>While oneDNN before 2.7.2, which libtorch before 2.0 works with, plans a convolution, it keeps a number that depends on the type of
/// the values in memory that all threads share (<c>brg_blocking_t::last_ic_block_size</c>). Two threads with different types can get wrong
/// plans: the process ends, or results are wrong and stay so, because plans are kept. Convolutions of float32 run beside each
/// other.</remarks>
internal static class ConvolutionTurns
{
    private const int FirstSafeMajor = 2;

    private static readonly ReaderWriterLockSlim Turns = new(LockRecursionPolicy.SupportsRecursion);

    private static readonly Lazy<bool> AreNeeded = new(() => AreNeededFor(Library.Version));

    // Whether a graph that goes backward may hold convolutions of short numbers.
    private static volatile bool _hasSeenShort;

    /// <summary>Waits until a convolution may run; disposing the result ends its turn.</summary>
    /// <param name="isShort">Whether it is, or may be, one of short numbers.</param>
    public static Turn Take(bool isShort)
    {
        if (!AreNeeded.Value) return default;
        if (!isShort || Turns.IsReadLockHeld)
        {
            Turns.EnterReadLock();
            return new Turn(isTaken: true, isAlone: false);
        }
        _hasSeenShort = true;
        Turns.EnterWriteLock();
        return new Turn(isTaken: true, isAlone: true);
    }

    /// <summary>The same for the convolutions of a graph that goes backward.</summary>
    public static Turn TakeBackward() => Take(_hasSeenShort);

    /// <summary>Whether a version of libtorch, such as "1.13.1", needs it.</summary>
    internal static bool AreNeededFor(string version) =>
        int.TryParse(version.AsSpan(0, Math.Max(0, version.IndexOf('.'))), out int major) && major < FirstSafeMajor;

    /// <summary>A turn, which ends when it is disposed on the thread that took it.</summary>
    public readonly struct Turn(bool isTaken, bool isAlone) : IDisposable
    {
        public void Dispose()
        {
            if (isAlone) Turns.ExitWriteLock();
            else if (isTaken) Turns.ExitReadLock();
        }
    }
}
