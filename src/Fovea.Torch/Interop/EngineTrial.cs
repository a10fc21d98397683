namespace Fovea.Torch.Interop;

/// <summary>Starts the engine for real and computes something on every device.</summary>
public static class EngineTrial
{
    /// <summary>Builds the bridge if need be, loads libtorch, and multiplies two small matrices on the CPU and on each CUDA
    /// device.</summary>
    /// <param name="options">How to load libtorch. A process can do that only once, so they hold for what follows, too.</param>
    public static SetupCheck Run(LibraryOptions options)
    {
        try
        {
            Library.Load(options);
            int devices = Library.CudaDeviceCount;
            foreach (Device device in new[] { Device.Cpu }.Concat(Enumerable.Range(0, devices).Select(Device.Cuda)))
                if (Multiply(device) is var product && product != 6)
                    return new SetupCheck(
                        "Engine", CheckState.Missing, $"wrong result on {device}: a product that should be 6 is {product}",
                        "install another build of libtorch, and name it with LIBTORCH");
            string threads = $"{Library.ThreadCount} thread{(Library.ThreadCount == 1 ? "" : "s")}";
            return new SetupCheck(
                "Engine", CheckState.Ok, $"libtorch {Library.Version} works: {threads}, {devices} CUDA device{(devices == 1 ? "" : "s")}");
        }
        catch (Exception error) when (error is TorchException or TorchSetupException)
        {
            return new SetupCheck("Engine", CheckState.Missing, error.Message, "see the message; LIBTORCH names another libtorch");
        }
    }

    // A row of three ones times a column of three twos.
    private static double Multiply(Device device)
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.Full([1, 3], 1, DType.Float32, device);
        Tensor b = Tensor.Full([3, 1], 2, DType.Float32, device);
        return a.MatMul(b).Item();
    }
}
