namespace Fovea.Metrics;

/// <summary>What became of every detection at every area range and overlap threshold. Bytes, A x T x N.</summary>
internal sealed class CocoVerdicts
{
    /// <summary>The detection found nothing.</summary>
    public const byte Wrong = 0;

    /// <summary>The detection found an object.</summary>
    public const byte Found = 1;

    /// <summary>The detection counts neither way: it fell on a crowd or an object of another area range, or found nothing and
    /// is itself outside the area range.</summary>
    public const byte Ignored = 2;

    private readonly byte[][] _rows; // One array a row, because all of them together may exceed what one array can hold.
    private readonly int _thresholds;

    public CocoVerdicts(int areas, int thresholds, int ranks)
    {
        _thresholds = thresholds;
        _rows = new byte[areas * thresholds][];
        for (int row = 0; row < _rows.Length; row++) _rows[row] = new byte[ranks];
    }

    /// <summary>The verdicts at one area range and threshold, by rank.</summary>
    public Span<byte> Row(int area, int threshold) => _rows[area * _thresholds + threshold];

    public void Set(int area, int threshold, int rank, byte verdict) => _rows[area * _thresholds + threshold][rank] = verdict;
}
