namespace Fovea.Torch;

// Other views of the same elements, copies, conversions.
public sealed partial class Tensor
{
    private const int ChannelsLastFormat = 2;   // c10::MemoryFormat


    /// <summary>A view of another shape; -1 stands for the one length that follows from the rest.</summary>
    /// <exception cref="TorchException">The elements do not lie so that a view can show them: use Reshape.</exception>
    public Tensor View(params long[] shape) => Operators.View.Call(this, shape);
    /// <summary>Another shape, as a view where possible; -1 stands for the one length that follows from the rest.</summary>
    public Tensor Reshape(params long[] shape) => Operators.Reshape.Call(this, shape);
    /// <summary>Dimensions from start to end as one.</summary>
    public Tensor Flatten(long start = 0, long end = -1) => Operators.Flatten.Call(this, start, end);
    /// <summary>Dimensions in another order.</summary>
    public Tensor Permute(params long[] order) => Operators.Permute.Call(this, order);
    /// <summary>Two dimensions exchanged.</summary>
    public Tensor Transpose(long first, long second) => Operators.Transpose.Call(this, first, second);
    /// <summary>Without a dimension of length 1.</summary>
    public Tensor Squeeze(long dimension) => Operators.Squeeze.Call(this, dimension);
    /// <summary>With a new dimension of length 1.</summary>
    public Tensor Unsqueeze(long dimension) => Operators.Unsqueeze.Call(this, dimension);
    /// <summary>A view in which dimensions of length 1 are stretched; -1 leaves a length.</summary>
    public Tensor Expand(params long[] shape) => Operators.Expand.Call(this, shape);
    /// <summary>Copies laid side by side, so many along each dimension.</summary>
    public Tensor Repeat(params long[] times) => Operators.Repeat.Call(this, times);
    /// <summary>Reversed along dimensions.</summary>
    public Tensor Flip(params long[] dimensions) => Operators.Flip.Call(this, dimensions);
    /// <summary>Shifted along dimensions by so many places; what falls off one end comes in at the other.</summary>
    public Tensor Roll(long[] shifts, long[] dimensions) => Operators.Roll.Call(this, shifts, dimensions);
    /// <summary>Row order without gaps; the tensor itself where it is so already.</summary>
    public Tensor Contiguous() => Operators.Contiguous.Call(this);
    /// <summary>N x C x H x W with the channels of a pixel together in memory, as oneDNN and tensor cores like it; the tensor itself
    /// where it is so already. Shape and indices stay the same.</summary>
    public Tensor ChannelsLast() => Operators.Contiguous.Call(this, ChannelsLastFormat);
    /// <summary>A copy with memory of its own; gradients flow through.</summary>
    public Tensor Clone() => Operators.Clone.Call(this);
    /// <summary>The same elements, cut off from the autograd graph.</summary>
    public Tensor Detach() => Operators.Detach.Call(this);
    /// <summary>On another device; the tensor itself where it is there already.</summary>
    public Tensor To(Device device) => Operators.To.Call(this, device, DType);
    /// <summary>As another type; the tensor itself where it has that already.</summary>
    public Tensor To(DType dtype) => Operators.ToDType.Call(this, dtype);
    /// <summary>On another device as another type.</summary>
    public Tensor To(Device device, DType dtype) => Operators.To.Call(this, device, dtype);

    /// <summary>Tensors joined along a dimension.</summary>
    public static Tensor Cat(Tensor[] tensors, long dimension = 0) => Operators.Cat.Call(tensors, dimension);
    /// <summary>Tensors of one shape joined along a new dimension.</summary>
    public static Tensor Stack(Tensor[] tensors, long dimension = 0) => Operators.Stack.Call(tensors, dimension);
    /// <summary>Consecutive parts of given lengths along a dimension, as views.</summary>
    public Tensor[] Split(long[] lengths, long dimension = 0) => Operators.Split.CallList(this, lengths, dimension);
    /// <summary>The slices along a dimension, each one dimension poorer, as views.</summary>
    public Tensor[] Unbind(long dimension = 0) => Operators.Unbind.CallList(this, dimension);
    /// <summary>Constant padding; lengths as (before, after) pairs from the last dimension on.</summary>
    public Tensor Pad(long[] lengths, double value = 0) => Operators.Pad.Call(this, lengths, value);
}
