namespace Fovea.Torch;

/// <summary>Kinds of devices, numbered as libtorch's DeviceType.</summary>
public enum DeviceType
{
    /// <summary>The processor and its memory.</summary>
    Cpu = 0,
    /// <summary>An NVIDIA GPU.</summary>
    Cuda = 1,
}

/// <summary>Where a tensor's memory is and its operators run.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which one of its kind; 0 for the CPU.</param>
public readonly record struct Device(DeviceType Type, int Index = 0)
{
    /// <summary>The processor.</summary>
    public static Device Cpu => new(DeviceType.Cpu);

    /// <summary>An NVIDIA GPU.</summary>
    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index);

    /// <summary>True for an NVIDIA GPU.</summary>
    public bool IsCuda => Type == DeviceType.Cuda;

    /// <summary>Reads "cpu", "cuda" or "cuda:1".</summary>
    /// <exception cref="FormatException">The text names no device.</exception>
    public static Device Parse(string text)
    {
        string[] parts = text.Trim().ToLowerInvariant().Split(':');
        if (parts is ["cpu"]) return Cpu;
        if (parts is ["cuda"]) return Cuda();
        if (parts is ["cuda", var number] && int.TryParse(number, out int index) && index is >= 0 and < 128) return Cuda(index);
        throw new FormatException($"'{text}' is no device: expected cpu, cuda, or cuda:N with N counted from 0.");
    }

    /// <summary>"cpu" or "cuda:0".</summary>
    public override string ToString() => IsCuda ? $"cuda:{Index}" : "cpu";

    // The bridge's encoding; the CPU's index is -1 in libtorch when it is left open, 0 is accepted too.
    internal long Encode() => IsCuda ? (long)Type | ((long)Index << 8) : (long)Type;
}
