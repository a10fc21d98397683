using System.Runtime.InteropServices;

namespace Fovea.Torch.Interop;

/// <summary>Turns the bridge's status codes into exceptions.</summary>
internal static unsafe class Status
{
    internal static void Check(int status)
    {
        if (status != 0) throw new TorchException(LastError());
    }

    /// <summary>libtorch's message without its C++ stack and without the lines that only its developers can use.</summary>
    internal static string LastError()
    {
        string text = Marshal.PtrToStringUTF8((nint)NativeMethods.fv_last_error()) ?? "";
        string firstLine = text.Split('\n', 2)[0].Trim();
        return firstLine.Length > 0 ? firstLine : "libtorch failed without a message";
    }
}
