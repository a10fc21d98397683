namespace Fovea.Torch.Nn;

/// <summary>A part of a network: named parameters, named buffers and named parts of its own.</summary>
/// <remarks>Names and their order are those of PyTorch's state dictionaries: own parameters, own buffers, then the children,
/// joined by dots. Parameters and buffers belong to no tensor scope.</remarks>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _parameters = [];
    private readonly List<(string Name, Tensor Value, bool Persistent)> _buffers = [];
    private readonly List<(string Name, Module Value)> _children = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>True while training: batch norm then uses the batch's statistics and dropout drops.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>The parts, in order, without their own parts.</summary>
    public IEnumerable<(string Name, Module Module)> Children => _children;

    /// <summary>Sets the mode of this part and all below.</summary>
    public virtual void Train(bool training = true)
    {
        Training = training;
        foreach ((_, Module child) in _children) child.Train(training);
    }

    /// <summary>All trainable tensors with their full names.</summary>
    public IEnumerable<(string Name, Tensor Parameter)> NamedParameters(string prefix = "")
    {
        foreach ((string name, Tensor value) in _parameters) yield return (prefix + name, value);
        foreach ((string name, Module child) in _children)
            foreach (var entry in child.NamedParameters($"{prefix}{name}.")) yield return entry;
    }

    /// <summary>All trainable tensors.</summary>
    public IEnumerable<Tensor> Parameters() => NamedParameters().Select(entry => entry.Parameter);

    /// <summary>All tensors that belong to the state without being trained, such as running means.</summary>
    public IEnumerable<(string Name, Tensor Buffer)> NamedBuffers(string prefix = "")
    {
        foreach ((string name, Tensor value, _) in _buffers) yield return (prefix + name, value);
        foreach ((string name, Module child) in _children)
            foreach (var entry in child.NamedBuffers($"{prefix}{name}.")) yield return entry;
    }

    /// <summary>Everything that a checkpoint holds, in PyTorch's order; the tensors themselves, not copies.</summary>
    public IEnumerable<(string Name, Tensor Value)> StateDict(string prefix = "")
    {
        foreach ((string name, Tensor value) in _parameters) yield return (prefix + name, value);
        foreach ((string name, Tensor value, bool persistent) in _buffers)
            if (persistent) yield return (prefix + name, value);
        foreach ((string name, Module child) in _children)
            foreach (var entry in child.StateDict($"{prefix}{name}.")) yield return entry;
    }

    /// <summary>This part and all below, with their full names; the name of this one is the prefix without its dot.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules(string prefix = "")
    {
        yield return (prefix.TrimEnd('.'), this);
        foreach ((string name, Module child) in _children)
            foreach (var entry in child.NamedModules($"{prefix}{name}.")) yield return entry;
    }

    /// <summary>Number of trainable numbers.</summary>
    public long ParameterCount() => Parameters().Sum(p => p.Numel);

    /// <summary>Moves all parameters and buffers to a device.</summary>
    public void To(Device device)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        foreach (Tensor tensor in Parameters().Concat(NamedBuffers().Select(b => b.Buffer)))
            if (tensor.Device != device) Operators.SetData.Do(tensor, tensor.To(device));
    }

    /// <summary>Clears the gradients: the next backward starts from nothing.</summary>
    public void ZeroGrad()
    {
        foreach (Tensor parameter in Parameters()) parameter.Grad = null;
    }

    /// <summary>Releases all parameters and buffers.</summary>
    public void Dispose()
    {
        foreach ((_, Tensor value) in _parameters) value.Dispose();
        foreach ((_, Tensor value, _) in _buffers) value.Dispose();
        foreach ((_, Module child) in _children) child.Dispose();
        foreach (IDisposable owned in _owned) owned.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a tensor a trainable parameter.</summary>
    protected Tensor Parameter(string name, Tensor value)
    {
        CheckName(name);
        value.RequiresGrad = true;
        _parameters.Add((name, value.Unscoped()));
        return value;
    }

    /// <summary>Makes a tensor part of the state that is not trained.</summary>
    /// <param name="name">Its name in the state dictionary.</param>
    /// <param name="value">The tensor.</param>
    /// <param name="persistent">False keeps it out of checkpoints.</param>
    protected Tensor Buffer(string name, Tensor value, bool persistent = true)
    {
        CheckName(name);
        _buffers.Add((name, value.Unscoped(), persistent));
        return value;
    }

    /// <summary>Makes a module part of this one.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        CheckName(name);
        _children.Add((name, module));
        return module;
    }

    /// <summary>Disposes something together with this module that is no part of its state, such as packed weights.</summary>
    protected T Own<T>(T value) where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }

    private void CheckName(string name)
    {
        bool taken = _parameters.Exists(p => p.Name == name) || _buffers.Exists(b => b.Name == name)
            || _children.Exists(c => c.Name == name);
        if (name.Length == 0 || name.Contains('.') || taken)
            throw new ArgumentException($"'{name}' is no usable name in {GetType().Name}: empty, with a dot, or given twice.",
                nameof(name));
    }
}

/// <summary>A module that maps one tensor to one tensor.</summary>
public abstract class Layer : Module
{
    [ThreadStatic] private static Action<Layer, Tensor, Tensor>? _observer;
    [ThreadStatic] private static Layer? _current;

    /// <summary>Whether an observer listens on this thread: then layers must run one by one.</summary>
    public static bool IsObserved => _observer is not null;

    /// <summary>The innermost layer that is being applied on this thread while an observer listens; null outside of any.</summary>
    public static Layer? Current => _current;

    /// <summary>Applies the layer. What it makes on the way to its output dies here, unless the gradient still needs it.</summary>
    public Tensor Forward(Tensor input)
    {
        using var scope = new TensorScope();
        return scope.Keep(_observer is null ? Apply(input) : ApplyObserved(input));
    }

    private Tensor ApplyObserved(Tensor input)
    {
        Layer? around = _current;
        _current = this;
        try
        {
            Tensor output = Apply(input);
            _observer?.Invoke(this, input, output);
            return output;
        }
        finally
        {
            _current = around;
        }
    }

    /// <summary>Until the result is disposed, calls <paramref name="observer"/> with every layer applied on this thread, its
    /// input and its output, in the order in which they finish: to describe a network, or to find where it went wrong. Both may be
    /// released soon afterwards.</summary>
    public static IDisposable Observe(Action<Layer, Tensor, Tensor> observer)
    {
        Action<Layer, Tensor, Tensor>? before = _observer;
        _observer = before + observer;
        return new Observation(before);
    }

    /// <summary>What the layer does.</summary>
    protected abstract Tensor Apply(Tensor input);

    private sealed class Observation(Action<Layer, Tensor, Tensor>? before) : IDisposable
    {
        public void Dispose() => _observer = before;
    }
}

/// <summary>Layers one after the other, named 0, 1, 2, ... or as given.</summary>
public sealed class Sequential : Layer
{
    private readonly List<Layer> _layers = [];

    /// <summary>Layers named by their position.</summary>
    public Sequential(params ReadOnlySpan<Layer> layers)
    {
        foreach (Layer layer in layers) Add(_layers.Count.ToString(), layer);
    }

    /// <summary>Layers with names of their own.</summary>
    public Sequential(IEnumerable<(string Name, Layer Layer)> layers)
    {
        foreach ((string name, Layer layer) in layers) Add(name, layer);
    }

    /// <summary>Number of layers.</summary>
    public int Count => _layers.Count;

    /// <summary>The layer at a position.</summary>
    public Layer this[int index] => _layers[index];

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        foreach (Layer layer in _layers)
        {
            Tensor output = layer.Forward(input);
            if (output != input) scope.Release(input);   // one layer's output is done with when the next one has its own
            input = output;
        }
        return scope.Keep(input);
    }

    private void Add(string name, Layer layer) => _layers.Add(Child(name, layer));
}

/// <summary>Modules under one name, numbered 0, 1, 2, ...</summary>
public sealed class ModuleList<T> : Module, IEnumerable<T> where T : Module
{
    private readonly List<T> _modules = [];

    /// <summary>The given modules.</summary>
    public ModuleList(IEnumerable<T> modules)
    {
        foreach (T module in modules) _modules.Add(Child(_modules.Count.ToString(), module));
    }

    /// <summary>Number of modules.</summary>
    public int Count => _modules.Count;

    /// <summary>The module at a position.</summary>
    public T this[int index] => _modules[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _modules.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
