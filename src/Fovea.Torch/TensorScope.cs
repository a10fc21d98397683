namespace Fovea.Torch;

/// <summary>Tensors made while a scope is open, on its thread, die with it unless they are kept.</summary>
/// <remarks>Garbage collection sees a tensor as a few bytes and would let gigabytes of libtorch's memory pile up, so memory is
/// returned at the end of a scope. Training steps and predictions open one of their own. Not for use across threads or
/// <c>await</c>.</remarks>
/// <example><code>
/// using var scope = new TensorScope();
/// Tensor hidden = x.MatMul(w).Relu();      // dies with the scope
/// return scope.Keep(hidden.Sum());         // lives on in the scope around it, or freely
/// </code></example>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] private static TensorScope? _current;

    private readonly TensorScope? _outer = _current;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    /// <summary>Opens a scope inside the thread's current one.</summary>
    public TensorScope() => _current = this;

    /// <summary>The innermost open scope of this thread, or null.</summary>
    public static TensorScope? Current => _current;

    /// <summary>Lets a tensor outlive this scope: it moves to the enclosing scope, or becomes free of any.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this)
        {
            tensor.Scope = null;
            _outer?.Track(tensor);
        }
        return tensor;
    }

    /// <summary>Lets several tensors outlive this scope.</summary>
    public Tensor[] Keep(Tensor[] tensors)
    {
        foreach (Tensor tensor in tensors) Keep(tensor);
        return tensors;
    }

    /// <summary>Releases one tensor before the scope ends, for what is large and no longer needed; a tensor that does not belong to
    /// this scope stays.</summary>
    public void Release(Tensor tensor)
    {
        if (tensor.Scope == this) tensor.Dispose();
    }

    /// <summary>Releases every tensor made in this scope and not kept.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or this is another thread.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        if (_current != this)
            throw new InvalidOperationException("A tensor scope was closed on another thread, or before a scope that was opened " +
                "inside it. Close scopes in reverse order, with 'using'.");
        _disposed = true;
        _current = _outer;
        foreach (Tensor tensor in _tensors)
            if (tensor.Scope == this) tensor.Dispose();
        _tensors.Clear();
    }

    internal void Track(Tensor tensor)
    {
        tensor.Scope = this;
        _tensors.Add(tensor);
    }
}
