using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>Which of an operator's two forms works on a tensor.</summary>
internal static class KernelChoice
{
    /// <summary>True where the kernels apply: float32 in the CPU's memory. Other devices and types take the composition of libtorch's
    /// operators.</summary>
    public static bool Applies(Tensor tensor) => tensor.Device == Device.Cpu && tensor.DType == DType.Float32;
}
