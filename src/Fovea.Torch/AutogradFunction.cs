using System.Runtime.InteropServices;
using System.Text;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>What a backward function of our own is given.</summary>
/// <param name="OutputGradients">The gradient of the loss with respect to each output, null where it is zero.</param>
/// <param name="InputNeedsGradient">For each input whether its gradient is wanted.</param>
public sealed record BackwardRequest(Tensor?[] OutputGradients, bool[] InputNeedsGradient);

/// <summary>Operations whose gradient is written in C#.</summary>
/// <example><code>
/// Tensor saved = AutogradFunction.Save(x);
/// Tensor y = AutogradFunction.Apply("square", [x], () =&gt; saved * saved,
///     request =&gt; [request.OutputGradients[0]! * saved * 2], saved);
/// </code></example>
public static unsafe class AutogradFunction
{
    /// <summary>Runs an operation without recording it, and makes its result depend on the inputs through a gradient of our own.</summary>
    /// <param name="name">Shown in libtorch's messages.</param>
    /// <param name="inputs">What the gradient flows to.</param>
    /// <param name="forward">Gives a new tensor that is not a view of an input.</param>
    /// <param name="backward">Gives one gradient an input (null for zero or not wanted). Called on any thread, in a tensor scope of
    /// its own and without recording. Tensors that it captures must outlive every scope until the graph is freed: pass them
    /// through <see cref="Save"/>.</param>
    /// <param name="saved">Disposed together with the graph, or at once where no gradient is recorded or the operation fails.</param>
    /// <exception cref="TorchException">Also when <paramref name="backward"/> fails: from the call of Backward, with its
    /// message.</exception>
    public static Tensor Apply(string name, Tensor[] inputs, Func<Tensor> forward, Func<BackwardRequest, Tensor?[]> backward,
        params Tensor[] saved)
    {
        Tensor output = Run(forward, saved);
        var context = new Context(backward, saved);
        nint handle = GCHandle.ToIntPtr(GCHandle.Alloc(context));
        nint[] sources = [.. inputs.Select(t => t.Pointer)];
        nint target = output.Pointer;
        int attached, status;
        fixed (nint* source = sources)
            status = NativeMethods.fv_attach_function(name, source, sources.Length, &target, 1, &Backward, &Release, handle, &attached);
        GC.KeepAlive(inputs);
        GC.KeepAlive(output);
        if (attached == 0) Free(handle);
        Status.Check(status);
        return output;
    }

    /// <summary>A second handle of a tensor, cut off from the graph and free of any scope, for a backward function to capture.</summary>
    public static Tensor Save(Tensor tensor) => tensor.Detach().Unscoped();

    private static Tensor Run(Func<Tensor> forward, Tensor[] saved)
    {
        using var noGrad = new NoGrad();
        try
        {
            return forward();
        }
        catch
        {
            foreach (Tensor tensor in saved) tensor.Dispose();
            throw;
        }
    }

    [UnmanagedCallersOnly]
    private static int Backward(nint handle, nint* gradOutputs, int outputs, nint* gradInputs, byte* needed, int inputs, byte* error,
        int errorCapacity)
    {
        try
        {
            var context = (Context)GCHandle.FromIntPtr(handle).Target!;
            using var scope = new TensorScope();
            using var noGrad = new NoGrad();
            var grads = new Tensor?[outputs];
            for (int i = 0; i < outputs; i++) grads[i] = gradOutputs[i] == 0 ? null : Share(gradOutputs[i]);
            var wanted = new bool[inputs];
            for (int i = 0; i < inputs; i++) wanted[i] = needed[i] != 0;
            Tensor?[] results = context.Backward(new BackwardRequest(grads, wanted));
            if (results.Length != inputs)
                throw new InvalidOperationException($"{results.Length} gradients were returned for {inputs} inputs");
            for (int i = 0; i < inputs; i++) gradInputs[i] = results[i] is { } result ? ShareHandle(result.Pointer) : 0;
            return 0;
        }
        catch (Exception exception)
        {
            byte[] text = Encoding.UTF8.GetBytes(exception.Message);
            int length = Math.Min(text.Length, errorCapacity - 1);
            text.AsSpan(0, length).CopyTo(new Span<byte>(error, length));
            error[length] = 0;
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(nint handle)
    {
        try
        {
            Free(handle);
        }
        catch
        {
            // Called from a destructor of libtorch's: an exception here would end the process.
        }
    }

    private static void Free(nint handle)
    {
        GCHandle gcHandle = GCHandle.FromIntPtr(handle);
        var context = (Context)gcHandle.Target!;
        gcHandle.Free();
        foreach (Tensor tensor in context.Saved) tensor.Dispose();
    }

    private static nint ShareHandle(nint tensor)
    {
        nint second;
        Status.Check(NativeMethods.fv_tensor_share(tensor, &second));
        return second;
    }

    private static Tensor Share(nint tensor) => new(ShareHandle(tensor));

    private sealed record Context(Func<BackwardRequest, Tensor?[]> Backward, Tensor[] Saved);
}
