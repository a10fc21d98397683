namespace Fovea.Segmentation;

/// <summary>What a network without padding needs to see, and what it tells: its scores belong to the middle of its input. Lengths are those
/// of a side, in pixels.</summary>
/// <remarks>The overlap-tile strategy (Ronneberger et al.: "U-Net", MICCAI 2015, section 2, figure 2) cuts a large picture into tiles of
/// scores that lie side by side, gives the network each with its margin, and mirrors the picture where a margin reaches beyond
/// it.</remarks>
/// <param name="Margin">Pixels that it sees beyond its scores, on each side.</param>
/// <param name="Least">The smallest side of the scores.</param>
/// <param name="Step">Larger sides of the scores are longer by multiples of this.</param>
public readonly record struct TileGeometry(int Margin, int Least, int Step)
{
    /// <summary>The smallest side of scores that is at least so long.</summary>
    public long OutputSize(long wanted) => wanted <= Least ? Least : Least + (wanted - Least + Step - 1) / Step * Step;

    /// <summary>The side of the input that makes scores of this side.</summary>
    public long InputSize(long output) => output + 2 * Margin;

    /// <summary>Whether the network takes an input of this side.</summary>
    public bool Fits(long input) => input >= InputSize(Least) && (input - InputSize(Least)) % Step == 0;
}
