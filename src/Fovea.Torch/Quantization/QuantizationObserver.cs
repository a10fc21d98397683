namespace Fovea.Torch.Quantization;

/// <summary>While open, is told of every part of a network that could be run in 8-bit integers and of every other operator, on its thread:
/// to choose ranges.</summary>
public abstract class QuantizationObserver : IDisposable
{
    [ThreadStatic] private static QuantizationObserver? _current;

    private readonly QuantizationObserver? _before = _current;
    private readonly IDisposable _operators;
    private int _depth;

    /// <summary>Begins to observe.</summary>
    protected QuantizationObserver()
    {
        _operators = Operator.Observe(call =>
        {
            if (_depth == 0) OnOperator(call);
        });
        _current = this;
    }

    internal static QuantizationObserver? Current => _current;

    /// <summary>A part has run.</summary>
    /// <param name="part">The part.</param>
    /// <param name="inputs">What it was given.</param>
    /// <param name="beforeActivation">What integer arithmetic would have to give: see <see cref="PartRanges.Output"/>.</param>
    /// <param name="output">What it gives.</param>
    protected abstract void OnPart(IQuantizable part, IReadOnlyList<Tensor> inputs, Tensor beforeActivation, Tensor output);

    /// <summary>An operator outside of any part was called.</summary>
    protected abstract void OnOperator(OperatorCall call);

    /// <summary>Runs a part in float32 and tells of it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="inputs">What it is given.</param>
    /// <param name="compute">Gives what comes before the activation, which is then not needed any more, and the output.</param>
    internal Tensor Run(IQuantizable part, IReadOnlyList<Tensor> inputs, Func<(Tensor Before, Tensor Output)> compute)
    {
        using var scope = new TensorScope();
        _depth++;
        try
        {
            (Tensor before, Tensor output) = compute();
            OnPart(part, inputs, before, output);
            return scope.Keep(output);
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>Ends observing.</summary>
    public void Dispose()
    {
        _operators.Dispose();
        _current = _before;
        GC.SuppressFinalize(this);
    }
}
