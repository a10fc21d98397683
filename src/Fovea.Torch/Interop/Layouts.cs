using System.Runtime.InteropServices;

namespace Fovea.Torch.Interop;

/// <summary>fv_kind.</summary>
internal enum SlotKind
{
    None = 0, Tensor = 1, Int = 2, Double = 3, Bool = 4, Ints = 5, Doubles = 6, Tensors = 7, OptionalTensors = 8,
    String = 9, Device = 10, Bools = 11, Generator = 12, Default = 13, Object = 14,
}

/// <summary>fv_slot: one argument or result of an operator.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Slot
{
    [FieldOffset(0)] public SlotKind Kind;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>fv_tensor_info.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TensorInfo
{
    public int DType;
    public int DeviceType;
    public int DeviceIndex;
    public int Dim;
    public long Numel;
    public void* Data;
    public long* Sizes;
    public long* Strides;
    public int RequiresGrad;
    public int IsLeaf;
    public int IsContiguous;
    public int Reserved;
}
