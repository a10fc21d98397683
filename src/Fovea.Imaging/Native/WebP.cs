using System.Runtime.InteropServices;

namespace Fovea.Imaging.Native;

/// <summary>libwebp's simple decoding API.</summary>
internal static unsafe partial class WebP
{
    static WebP() => NativeLibraries.Register();

    [LibraryImport(NativeLibraries.WebP, EntryPoint = "WebPGetInfo")]
    public static partial int GetInfo(byte* data, nuint length, out int width, out int height);

    [LibraryImport(NativeLibraries.WebP, EntryPoint = "WebPDecodeRGBInto")]
    public static partial byte* DecodeRgb(byte* data, nuint length, byte* pixels, nuint capacity, int stride);

    [LibraryImport(NativeLibraries.WebP, EntryPoint = "WebPDecodeRGBAInto")]
    public static partial byte* DecodeRgba(byte* data, nuint length, byte* pixels, nuint capacity, int stride);
}
