using System.Runtime.InteropServices;
using System.Text;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>One of libtorch's operators, found by its schema name, such as <c>aten::conv2d</c> or <c>aten::add.Tensor</c>.</summary>
/// <remarks>Found in the dispatcher at the first call and kept. Arguments follow the schema's order; those left out at the end
/// take the schema's defaults. Safe to call from several threads.</remarks>
public sealed unsafe class Operator
{
    private const int MaxResults = 8;
    [ThreadStatic] private static Action<OperatorCall>? _observer;
    private readonly bool _convolves, _isQuantized;
    private nint _handle;

    /// <summary>Names an operator; nothing is looked up until it is called.</summary>
    /// <param name="name">Namespace, name and overload as in the schema: <c>aten::add.Tensor</c>.</param>
    public Operator(string name) => (Name, _convolves, _isQuantized) =
        (name, name.Contains("conv", StringComparison.Ordinal), name.StartsWith("quantized::", StringComparison.Ordinal));

    /// <summary>The name as given.</summary>
    public string Name { get; }

    /// <summary>True when this libtorch has the operator.</summary>
    public bool Exists => Find() != 0;

    /// <summary>The operator's schema in libtorch's notation.</summary>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public string Schema
    {
        get
        {
            byte* text;
            Status.Check(NativeMethods.fv_operator_schema(Handle(), &text));
            return Marshal.PtrToStringUTF8((nint)text)!;
        }
    }

    /// <summary>Calls an operator that returns one tensor.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 1);
        Tensor result = TakeTensor(results[0]);
        Tell(arguments, result);
        return result;
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public (Tensor, Tensor) Call2(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 2);
        (Tensor a, Tensor b) = (TakeTensor(results[0]), TakeTensor(results[1]));
        Tell(arguments, a, b);
        return (a, b);
    }

    /// <summary>Calls an operator that returns three tensors.</summary>
    public (Tensor, Tensor, Tensor) Call3(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 3);
        (Tensor a, Tensor b, Tensor c) = (TakeTensor(results[0]), TakeTensor(results[1]), TakeTensor(results[2]));
        Tell(arguments, a, b, c);
        return (a, b, c);
    }

    /// <summary>Calls an operator that returns four tensors.</summary>
    public (Tensor, Tensor, Tensor, Tensor) Call4(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 4);
        (Tensor a, Tensor b) = (TakeTensor(results[0]), TakeTensor(results[1]));
        (Tensor c, Tensor d) = (TakeTensor(results[2]), TakeTensor(results[3]));
        Tell(arguments, a, b, c, d);
        return (a, b, c, d);
    }

    /// <summary>Calls an operator that returns several values of which only the first, a tensor, is wanted; the others may be
    /// none.</summary>
    public Tensor CallFirst(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        int count = Run(arguments, results, -1);
        for (int i = 1; i < count; i++) Release(results[i]);
        Tensor first = TakeTensor(results[0]);
        Tell(arguments, first);
        return first;
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    public Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 1);
        if (results[0].Kind != SlotKind.Tensors) throw Unexpected(results[0].Kind, "a list of tensors");
        var tensors = new Tensor[results[0].Count];
        nint* handles = (nint*)results[0].Pointer;
        for (int i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(handles[i]);
        NativeMethods.fv_free(handles);
        Tell(arguments, tensors);
        return tensors;
    }

    /// <summary>Calls an operator that changes its arguments; what it returns is released.</summary>
    public void Do(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        int count = Run(arguments, results, -1);
        for (int i = 0; i < count; i++) Release(results[i]);
        Tell(arguments);
    }

    /// <summary>Calls an operator that returns a number or a truth value.</summary>
    public double CallNumber(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 1);
        return results[0].Kind switch
        {
            SlotKind.Double => results[0].Real,
            SlotKind.Int or SlotKind.Bool => results[0].Integer,
            _ => throw Unexpected(results[0].Kind, "a number"),
        };
    }

    /// <summary>Calls an operator that returns a script object, such as prepacked weights.</summary>
    public ScriptObject CallObject(params ReadOnlySpan<Argument> arguments)
    {
        Slot* results = stackalloc Slot[MaxResults];
        Run(arguments, results, 1);
        return results[0].Kind == SlotKind.Object ? new ScriptObject(results[0].Pointer) : throw Unexpected(results[0].Kind, "an object");
    }

    /// <summary>Until the result is disposed, tells <paramref name="observer"/> of every call on this thread that gave tensors or changed
    /// some, after it: to describe what a network does.</summary>
    public static IDisposable Observe(Action<OperatorCall> observer)
    {
        Action<OperatorCall>? before = _observer;
        _observer = before + observer;
        return new Observation(before);
    }

    private void Tell(ReadOnlySpan<Argument> arguments, params ReadOnlySpan<Tensor> results) =>
        _observer?.Invoke(new OperatorCall(this, arguments.ToArray(), results.ToArray()));

    private nint Find()
    {
        if (_handle != 0) return _handle;
        Library.EnsureLoaded();
        int dot = Name.IndexOf('.', Name.IndexOf("::", StringComparison.Ordinal) + 2);
        nint handle;
        Status.Check(NativeMethods.fv_find_operator(dot < 0 ? Name : Name[..dot], dot < 0 ? "" : Name[(dot + 1)..], &handle));
        return _handle = handle;
    }

    private nint Handle()
    {
        nint handle = _handle != 0 ? _handle : Find();
        return handle != 0 ? handle : throw new TorchException($"libtorch {Library.Version} has no operator '{Name}'.");
    }

    private int Run(ReadOnlySpan<Argument> arguments, Slot* results, int expected)
    {
        nint handle = Handle();
        int words = 0;
        foreach (ref readonly Argument argument in arguments) words += ArgumentPacking.Words(argument);

        // Lists and strings are copied beside the slots: on the stack while small, else in native memory.
        const int stackWords = 128;
        long* scratch = stackalloc long[words <= stackWords ? words : 0];
        void* heap = null;
        if (words > stackWords) scratch = (long*)(heap = NativeMemory.Alloc((nuint)words, sizeof(long)));
        try
        {
            Slot* slots = stackalloc Slot[arguments.Length];
            long* next = scratch;
            for (int i = 0; i < arguments.Length; i++) ArgumentPacking.Pack(arguments[i], ref slots[i], ref next);
            int count, status;
            using (_convolves ? ConvolutionTurns.Take(IsShort(arguments)) : default)
                status = NativeMethods.fv_call(handle, slots, arguments.Length, results, MaxResults, &count);
            foreach (ref readonly Argument argument in arguments) GC.KeepAlive(argument.Reference);
            if (status != 0) throw Failure(Status.LastError(), arguments);
            if (expected >= 0 && count != expected)
            {
                for (int i = 0; i < count; i++) Release(results[i]);
                throw new TorchException($"{Name} returns {count} values, but {expected} were expected: a bug in the caller.");
            }
            return count;
        }
        finally
        {
            NativeMemory.Free(heap);
        }
    }

    private bool IsShort(ReadOnlySpan<Argument> arguments) => _isQuantized || Autocast.IsOn ||
        arguments.Length > 0 && arguments[0].Reference is Tensor { DType: DType.BFloat16 or DType.Float16 };

    private static Tensor TakeTensor(in Slot slot) => slot.Kind switch
    {
        SlotKind.Tensor => new Tensor(slot.Pointer),
        SlotKind.None => throw new TorchException("The operator returned no tensor where one was expected."),
        _ => throw Unexpected(slot.Kind, "a tensor"),
    };

    private static void Release(in Slot slot)
    {
        switch (slot.Kind)
        {
            case SlotKind.Tensor:
                NativeMethods.fv_tensor_free(slot.Pointer);
                break;
            case SlotKind.Tensors:
                for (int i = 0; i < slot.Count; i++) NativeMethods.fv_tensor_free(((nint*)slot.Pointer)[i]);
                NativeMethods.fv_free((void*)slot.Pointer);
                break;
            case SlotKind.Ints or SlotKind.Doubles or SlotKind.String:
                NativeMethods.fv_free((void*)slot.Pointer);
                break;
            case SlotKind.Object:
                NativeMethods.fv_object_free(slot.Pointer);
                break;
        }
    }

    private static TorchException Unexpected(SlotKind found, string expected) =>
        new($"The operator returned {found} where {expected} was expected: a bug in the caller.");

    private TorchException Failure(string reason, ReadOnlySpan<Argument> arguments)
    {
        var text = new StringBuilder(Name).Append('(');
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(ArgumentPacking.Describe(arguments[i]));
        }
        return new TorchException(text.Append("): ").Append(reason).ToString());
    }

    private sealed class Observation(Action<OperatorCall>? before) : IDisposable
    {
        public void Dispose() => _observer = before;
    }
}
