using System.Text;

namespace Fovea.Torch.Interop;

/// <summary>Lays C# arguments out as the bridge's slots.</summary>
internal static unsafe class ArgumentPacking
{
    /// <summary>How many 8-byte words an argument needs beside its slot.</summary>
    internal static int Words(in Argument argument) => argument.Kind switch
    {
        SlotKind.Ints => ((long[])argument.Reference!).Length,
        SlotKind.Doubles => ((double[])argument.Reference!).Length,
        SlotKind.Tensors or SlotKind.OptionalTensors => ((Tensor?[])argument.Reference!).Length,
        SlotKind.String => (Encoding.UTF8.GetByteCount((string)argument.Reference!) + 7) / 8,
        SlotKind.Bools => (((bool[])argument.Reference!).Length + 7) / 8,
        _ => 0,
    };

    /// <summary>Fills a slot, and takes its words from <paramref name="next"/>.</summary>
    internal static void Pack(in Argument argument, ref Slot slot, ref long* next)
    {
        slot.Kind = argument.Kind;
        slot.Count = 0;
        slot.Integer = argument.Bits;
        switch (argument.Kind)
        {
            case SlotKind.Tensor:
                slot.Pointer = ((Tensor)argument.Reference!).Pointer;
                return;
            case SlotKind.Generator:
                slot.Pointer = ((Generator)argument.Reference!).DangerousGetHandle();
                return;
            case SlotKind.Object:
                slot.Pointer = ((ScriptObject)argument.Reference!).DangerousGetHandle();
                return;
        }
        if (argument.Reference is null) return;
        int words = Words(argument);
        slot.Pointer = (nint)next;
        switch (argument.Reference)
        {
            case long[] integers:
                slot.Count = integers.Length;
                integers.CopyTo(new Span<long>(next, words));
                break;
            case double[] reals:
                slot.Count = reals.Length;
                reals.CopyTo(new Span<double>(next, words));
                break;
            case Tensor?[] tensors:
                slot.Count = tensors.Length;
                for (int i = 0; i < tensors.Length; i++) next[i] = tensors[i]?.Pointer ?? 0;
                break;
            case string text:
                slot.Count = Encoding.UTF8.GetBytes(text, new Span<byte>(next, words * 8));
                break;
            case bool[] truths:
                slot.Count = truths.Length;
                for (int i = 0; i < truths.Length; i++) ((byte*)next)[i] = truths[i] ? (byte)1 : (byte)0;
                break;
        }
        next += words;
    }

    /// <summary>An argument in an error message: tensors by type and shape.</summary>
    internal static string Describe(in Argument argument) => argument.Kind switch
    {
        SlotKind.None => "none",
        SlotKind.Tensor => ((Tensor)argument.Reference!).Describe(),
        SlotKind.Int => argument.Bits.ToString(),
        SlotKind.Double => BitConverter.Int64BitsToDouble(argument.Bits).ToString(),
        SlotKind.Bool => argument.Bits != 0 ? "true" : "false",
        SlotKind.Ints => $"[{string.Join(", ", (long[])argument.Reference!)}]",
        SlotKind.Doubles => $"[{string.Join(", ", (double[])argument.Reference!)}]",
        SlotKind.Tensors or SlotKind.OptionalTensors =>
            $"[{string.Join(", ", ((Tensor?[])argument.Reference!).Take(8).Select(t => t?.Describe() ?? "none"))}]",
        SlotKind.String => $"'{argument.Reference}'",
        SlotKind.Device => (argument.Bits & 0xff) == 0 ? "cpu" : $"cuda:{argument.Bits >> 8}",
        _ => argument.Kind.ToString().ToLowerInvariant(),
    };
}
