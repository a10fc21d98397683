using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fovea.Imaging.Native;

/// <summary>libpng's simplified API. It catches its own long jumps, so that a bad file comes back as an error and not through our
/// frames.</summary>
internal static unsafe partial class LibPng
{
    public const uint Version = 1;
    public const uint FormatGrey = 0, FormatRgb = 2, FormatRgba = 3, FormatRgbPalette = 10;
    public const uint FormatRgb16 = 6, FormatRgba16 = 7;

    static LibPng() => NativeLibraries.Register();

    [LibraryImport(NativeLibraries.Png, EntryPoint = "png_image_begin_read_from_memory")]
    public static partial int BeginRead(PngImage* image, byte* data, nuint length);

    [LibraryImport(NativeLibraries.Png, EntryPoint = "png_image_finish_read")]
    public static partial int FinishRead(PngImage* image, byte* background, void* pixels, int rowStride, byte* palette);

    [LibraryImport(NativeLibraries.Png, EntryPoint = "png_image_free")]
    public static partial void Free(PngImage* image);

    [LibraryImport(NativeLibraries.Png, EntryPoint = "png_image_write_to_memory")]
    public static partial int Write(PngImage* image, byte* memory, nuint* length, int convertTo8Bit, byte* pixels, int rowStride,
        byte* palette);
}

/// <summary>libpng's png_image.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PngImage
{
    public IntPtr Control;
    public uint Version;
    public uint Width;
    public uint Height;
    public uint Format;
    public uint Flags;
    public uint PaletteEntries;
    public uint WarningOrError;
    public MessageText Message;

    /// <summary>The library's message, without its final zero.</summary>
    public readonly string Text()
    {
        ReadOnlySpan<byte> bytes = Message;
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]);
    }

    [InlineArray(64)]
    public struct MessageText
    {
        private byte _first;
    }
}
