using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>A call of an operator, as <see cref="Operator.Observe"/> tells of it.</summary>
/// <remarks>Arguments are counted as in the operator's schema; those that were left out are none.</remarks>
public sealed class OperatorCall
{
    private readonly Argument[] _arguments;

    internal OperatorCall(Operator called, Argument[] arguments, Tensor[] results) =>
        (Operator, _arguments, Results) = (called, arguments, results);

    /// <summary>The operator.</summary>
    public Operator Operator { get; }

    /// <summary>The tensors that it gave; none where it changed its arguments.</summary>
    public IReadOnlyList<Tensor> Results { get; }

    /// <summary>The tensors among the arguments, those in lists too, in order.</summary>
    public IEnumerable<Tensor> Tensors => _arguments.SelectMany(argument => argument.Reference switch
    {
        Tensor tensor => (IEnumerable<Tensor>)[tensor],
        Tensor?[] list => list.OfType<Tensor>(),
        _ => [],
    });

    /// <summary>The argument at a place, where it is a tensor; null where it is not.</summary>
    public Tensor? Tensor(int index) => Reference(index) as Tensor;

    /// <summary>The argument at a place, where it is a list of integers; null where it is not.</summary>
    public IReadOnlyList<long>? Integers(int index) => Reference(index) as long[];

    /// <summary>The argument at a place, where it is an integer or a truth value; null where it is not.</summary>
    public long? Integer(int index) => index < _arguments.Length && _arguments[index].Kind is SlotKind.Int or SlotKind.Bool
        ? _arguments[index].Bits : null;

    private object? Reference(int index) => index < _arguments.Length ? _arguments[index].Reference : null;
}
