using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Multi-head self-attention within the windows of a grid over the map, which may be shifted: N x H x W x C to the same.</summary>
/// <remarks>Liu et al.: "Swin Transformer" (ICCV 2021), section 3.2: a learned bias for each head and each offset between two tokens
/// (equation 4); shifted windows by a cyclic shift of the map, in which tokens that are no neighbours do not see each other (figure 4).
/// The map is padded with zeros to whole windows; a direction in which one window holds all of it is not shifted. State as
/// torchvision's ShiftedWindowAttention.</remarks>
public sealed class WindowAttention : Layer
{
    private readonly long _shift, _heads;
    private readonly Tensor _biasTable, _biasIndex;
    private readonly Linear _input, _output;
    private readonly ShiftedWindowMask _mask;

    /// <summary>Attention within square windows.</summary>
    /// <param name="width">C: numbers of a token; a multiple of the heads.</param>
    /// <param name="heads">Heads; they divide C among them.</param>
    /// <param name="window">Side of a window, in tokens.</param>
    /// <param name="shift">How far the windows are shifted down and to the right, in tokens.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public WindowAttention(long width, long heads, long window, long shift, Generator? generator = null)
    {
        (_heads, Window, _shift) = (heads, window, shift);
        _mask = Own(new ShiftedWindowMask(window));
        long reach = 2 * window - 1;
        _biasTable = Parameter("relative_position_bias_table",
            Init.TruncatedNormal(Tensor.Empty([reach * reach, heads]), standardDeviation: 0.02, generator: generator));
        _biasIndex = Buffer("relative_position_index", Tensor.From<long>([.. Offsets(window)], [window * window * window * window]));
        _input = Child("qkv", new Linear(width, 3 * width, generator: generator));
        _output = Child("proj", new Linear(width, width, generator: generator));
    }

    /// <summary>Side of a window, in tokens.</summary>
    public long Window { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        (long n, long height, long width, long channels) = (input.Size(0), input.Size(1), input.Size(2), input.Size(3));
        long rows = (height + Window - 1) / Window, columns = (width + Window - 1) / Window, length = Window * Window;
        (long padDown, long padRight) = (rows * Window - height, columns * Window - width);
        long down = rows == 1 ? 0 : _shift, right = columns == 1 ? 0 : _shift;

        Tensor x = padDown + padRight == 0 ? input : input.Pad([0, 0, 0, padRight, 0, padDown]);
        if (down + right > 0) x = x.Roll([-down, -right], [1, 2]);
        x = x.View(n, rows, Window, columns, Window, channels).Permute(0, 1, 3, 2, 4, 5)
            .Reshape(-1, length, channels);                                                                          // n*windows,L,C
        Tensor[] parts = _input.Forward(x).View(-1, length, 3, _heads, channels / _heads).Permute(2, 0, 3, 1, 4).Unbind();
        Tensor bias = _biasTable.IndexSelect(0, _biasIndex).View(length, length, _heads).Permute(2, 0, 1).Contiguous(); // heads,L,L
        if (down + right > 0)
        {
            bias = bias + _mask.For(rows, columns, down, right, bias.Device);                                        // windows,heads,L,L
            parts = [.. parts.Select(part => part.View(n, rows * columns, _heads, length, -1))];
        }
        x = Functional.Attention(parts[0], parts[1], parts[2], bias).Transpose(-3, -2).Reshape(-1, length, channels); // n*windows,L,C
        x = _output.Forward(x);

        x = x.View(n, rows, columns, Window, Window, channels).Permute(0, 1, 3, 2, 4, 5)
            .Reshape(n, rows * Window, columns * Window, channels);
        if (down + right > 0) x = x.Roll([down, right], [1, 2]);
        return padDown + padRight == 0 ? x : x[.., ..(int)height, ..(int)width].Contiguous();
    }

    /// <summary>For every two tokens of a window, in row order, the row of the bias table for their offset.</summary>
    private static IEnumerable<long> Offsets(long window)
    {
        for (long a = 0; a < window * window; a++)
            for (long b = 0; b < window * window; b++)
                yield return (a / window - b / window + window - 1) * (2 * window - 1) + a % window - b % window + window - 1;
    }
}
