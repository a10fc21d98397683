namespace Fovea.Torch.Nn;

/// <summary>Multi-head self-attention: every position of a sequence gathers from all of them, with weights of its own in each
/// head.</summary>
/// <remarks>Vaswani et al.: "Attention Is All You Need" (NIPS 2017), section 3.2. State as PyTorch's MultiheadAttention
/// (in_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias), with its initial weights: the three projections of queries, keys
/// and values as one matrix, Glorot uniform.</remarks>
public sealed class MultiHeadAttention : Layer
{
    private readonly Linear _output;

    /// <summary>Attention over vectors of so many numbers.</summary>
    /// <param name="width">D: numbers of a position, in and out.</param>
    /// <param name="heads">Heads; they divide D among them.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The width is no multiple of the heads.</exception>
    public MultiHeadAttention(long width, long heads, Generator? generator = null)
    {
        if (width % heads != 0)
            throw new ArgumentException($"{heads} heads cannot divide {width} numbers evenly among them.", nameof(heads));
        Heads = heads;
        InputWeight = Parameter("in_proj_weight", Init.XavierUniform(Tensor.Empty([3 * width, width]), generator: generator));
        InputBias = Parameter("in_proj_bias", Tensor.Zeros([3 * width]));
        _output = Child("out_proj", new Linear(width, width, generator: generator));
        Init.Constant(_output.Bias!, 0);
    }

    /// <summary>Number of heads.</summary>
    public long Heads { get; }

    /// <summary>The projections to queries, keys and values, one below the other: 3D x D.</summary>
    public Tensor InputWeight { get; }

    /// <summary>Their biases: 3D.</summary>
    public Tensor InputBias { get; }

    /// <summary>N x L x D to N x L x D.</summary>
    protected override Tensor Apply(Tensor input)
    {
        (long n, long length, long width) = (input.Size(0), input.Size(1), input.Size(2));
        if (!GradMode.IsEnabled && !IsObserved && input.DType == InputWeight.DType && Operators.MultiHeadAttention.Exists)
            return Operators.MultiHeadAttention.CallFirst(input, input, input, width, Heads, InputWeight, InputBias, _output.Weight,
                _output.Bias, Argument.None, false);
        Tensor[] parts = Functional.Linear(input, InputWeight, InputBias)
            .View(n, length, 3, Heads, width / Heads).Permute(2, 0, 3, 1, 4).Unbind();                  // 3 times N,heads,L,D/heads
        Tensor gathered = Functional.Attention(parts[0], parts[1], parts[2]);                           // N,heads,L,D/heads
        return _output.Forward(gathered.Transpose(1, 2).Reshape(n, length, width));
    }
}
