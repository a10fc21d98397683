using Fovea.Torch.Interop;

namespace Fovea.Torch;

// Gradients.
public sealed unsafe partial class Tensor
{
    /// <summary>Whether operations on the tensor are recorded, so that <see cref="Backward"/> can reach it.</summary>
    /// <exception cref="TorchException">Set on a tensor of integers, or switched off on a result of recorded operations.</exception>
    public bool RequiresGrad
    {
        get => Info().RequiresGrad != 0;
        set
        {
            Status.Check(NativeMethods.fv_set_requires_grad(Pointer, value ? 1 : 0));
            GC.KeepAlive(this);
        }
    }

    /// <summary>Counts the operators that changed the tensor in place.</summary>
    public long Version => (long)Operators.Version.CallNumber(this);

    /// <summary>True when no recorded operation made the tensor.</summary>
    public bool IsLeaf => Info().IsLeaf != 0;

    /// <summary>The accumulated gradient, or null before the first backward. Setting it replaces it; null removes it.</summary>
    public Tensor? Grad
    {
        get
        {
            nint grad;
            Status.Check(NativeMethods.fv_grad(Pointer, &grad));
            GC.KeepAlive(this);
            return grad == 0 ? null : new Tensor(grad);
        }
        set
        {
            Status.Check(NativeMethods.fv_set_grad(Pointer, value?.Pointer ?? 0));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }
    }

    /// <summary>Computes the gradient of this scalar with respect to every leaf that it was made from, and adds it to their
    /// <see cref="Grad"/>.</summary>
    /// <param name="gradient">The gradient of the final result with respect to this tensor, where this is no scalar.</param>
    /// <param name="retainGraph">Keep the graph for another backward.</param>
    /// <param name="createGraph">Record the backward itself, for derivatives of derivatives.</param>
    public void Backward(Tensor? gradient = null, bool retainGraph = false, bool createGraph = false)
    {
        nint root = Pointer, rootGradient = gradient?.Pointer ?? 0;
        int status;
        using (Device == Device.Cpu ? ConvolutionTurns.TakeBackward() : default)
            status = NativeMethods.fv_run_backward(
                &root, gradient is null ? null : &rootGradient, 1, retainGraph || createGraph ? 1 : 0, createGraph ? 1 : 0, null, 0, null);
        GC.KeepAlive(this);
        GC.KeepAlive(gradient);
        Status.Check(status);
    }

    /// <summary>The gradients of this scalar with respect to some tensors, without touching their <see cref="Grad"/>.</summary>
    /// <returns>One a tensor, null where this does not depend on it.</returns>
    public Tensor?[] Gradients(Tensor[] inputs, bool retainGraph = false)
    {
        if (inputs.Length == 0) return [];
        nint root = Pointer;
        nint[] sources = [.. inputs.Select(t => t.Pointer)];
        nint[] grads = new nint[inputs.Length];
        int status;
        fixed (nint* source = sources)
        fixed (nint* grad = grads)
        using (Device == Device.Cpu ? ConvolutionTurns.TakeBackward() : default)
            status = NativeMethods.fv_run_backward(&root, null, 1, retainGraph ? 1 : 0, 0, source, sources.Length, grad);
        GC.KeepAlive(this);
        GC.KeepAlive(inputs);
        Status.Check(status);
        return [.. grads.Select(g => g == 0 ? null : new Tensor(g))];
    }
}
