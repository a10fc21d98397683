using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Imaging.Native;

/// <summary>The TurboJPEG API, version 2, as far as it is used.</summary>
internal static unsafe partial class TurboJpeg
{
    public const int PixelFormatRgb = 0, PixelFormatCmyk = 11;
    public const int Subsampling444 = 0, Subsampling420 = 2;

    /// <summary>Refuses progressive files of more than 500 scans, which cost much time for few bytes.</summary>
    public const int FlagLimitScans = 1 << 15;

    static TurboJpeg() => NativeLibraries.Register();

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjInitDecompress")]
    public static partial IntPtr InitDecompress();

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjInitCompress")]
    public static partial IntPtr InitCompress();

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjDestroy")]
    public static partial int Destroy(IntPtr handle);

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjGetErrorStr2")]
    public static partial byte* GetErrorText(TurboJpegHandle handle);

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjDecompressHeader3")]
    public static partial int DecompressHeader(TurboJpegHandle handle, byte* data, CULong length,
        out int width, out int height, out int subsampling, out int colorspace);

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjDecompress2")]
    public static partial int Decompress(TurboJpegHandle handle, byte* data, CULong length, byte* pixels,
        int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjCompress2")]
    public static partial int Compress(TurboJpegHandle handle, byte* pixels, int width, int pitch, int height, int pixelFormat,
        byte** data, CULong* length, int subsampling, int quality, int flags);

    [LibraryImport(NativeLibraries.TurboJpeg, EntryPoint = "tjFree")]
    public static partial void Free(byte* buffer);
}

/// <summary>A compressor or decompressor of TurboJPEG; for one thread at a time.</summary>
internal sealed class TurboJpegHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public TurboJpegHandle(IntPtr handle) : base(ownsHandle: true)
    {
        SetHandle(handle);
        if (IsInvalid) throw new OutOfMemoryException("TurboJPEG could not be started.");
    }

    /// <summary>What went wrong in the last call; of several warnings the library keeps the first.</summary>
    public unsafe string ErrorText() => Marshal.PtrToStringUTF8((IntPtr)TurboJpeg.GetErrorText(this)) ?? "";

    protected override bool ReleaseHandle() => TurboJpeg.Destroy(handle) == 0;
}
