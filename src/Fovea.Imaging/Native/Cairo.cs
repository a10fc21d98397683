using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Imaging.Native;

/// <summary>The part of cairo that draws on a picture in memory.</summary>
internal static unsafe partial class Cairo
{
    public const int FormatRgb24 = 1, Round = 1, Bold = 1;

    /// <summary>The longest side of a surface.</summary>
    public const int LargestSide = 32767;

    static Cairo() => NativeLibraries.Register();

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_image_surface_create")]
    public static partial IntPtr CreateSurface(int format, int width, int height);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_surface_status")]
    public static partial int SurfaceStatus(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_surface_destroy")]
    public static partial void DestroySurface(IntPtr surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_surface_flush")]
    public static partial void Flush(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_surface_mark_dirty")]
    public static partial void MarkDirty(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_image_surface_get_data")]
    public static partial byte* Data(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_image_surface_get_stride")]
    public static partial int Stride(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_create")]
    public static partial IntPtr CreateContext(CairoSurface surface);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_destroy")]
    public static partial void DestroyContext(IntPtr context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_status")]
    public static partial int Status(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_status_to_string")]
    public static partial byte* StatusText(int status);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_set_source_rgba")]
    public static partial void SetColour(CairoContext context, double red, double green, double blue, double alpha);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_set_line_width")]
    public static partial void SetLineWidth(CairoContext context, double width);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_set_line_join")]
    public static partial void SetLineJoin(CairoContext context, int join);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_set_line_cap")]
    public static partial void SetLineCap(CairoContext context, int cap);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_new_sub_path")]
    public static partial void NewSubPath(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_close_path")]
    public static partial void ClosePath(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_move_to")]
    public static partial void MoveTo(CairoContext context, double x, double y);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_line_to")]
    public static partial void LineTo(CairoContext context, double x, double y);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_rectangle")]
    public static partial void Rectangle(CairoContext context, double x, double y, double width, double height);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_arc")]
    public static partial void Arc(CairoContext context, double x, double y, double radius, double from, double to);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_stroke")]
    public static partial void Stroke(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_stroke_preserve")]
    public static partial void StrokePreserve(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_fill")]
    public static partial void Fill(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_fill_preserve")]
    public static partial void FillPreserve(CairoContext context);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_select_font_face", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SelectFont(CairoContext context, string family, int slant, int weight);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_set_font_size")]
    public static partial void SetFontSize(CairoContext context, double size);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_font_extents")]
    public static partial void MeasureFont(CairoContext context, out FontExtents extents);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_text_extents", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void MeasureText(CairoContext context, string text, out TextExtents extents);

    [LibraryImport(NativeLibraries.Cairo, EntryPoint = "cairo_show_text", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void ShowText(CairoContext context, string text);

    /// <summary>cairo_font_extents_t: pixels above and below the base line, and between lines.</summary>
    public struct FontExtents
    {
        public double Ascent, Descent, Height, MaxAdvanceX, MaxAdvanceY;
    }

    /// <summary>cairo_text_extents_t: the inked rectangle, and how far the pen moves.</summary>
    public struct TextExtents
    {
        public double BearingX, BearingY, Width, Height, AdvanceX, AdvanceY;
    }
}

/// <summary>A picture in memory on which cairo draws: 32 bits a pixel, 0x00RRGGBB.</summary>
internal sealed class CairoSurface : SafeHandleZeroOrMinusOneIsInvalid
{
    public CairoSurface(ImageSize size) : base(ownsHandle: true) =>
        SetHandle(Cairo.CreateSurface(Cairo.FormatRgb24, size.Width, size.Height));

    protected override bool ReleaseHandle()
    {
        Cairo.DestroySurface(handle);
        return true;
    }
}

/// <summary>cairo's pen; it keeps its surface alive by itself.</summary>
internal sealed class CairoContext : SafeHandleZeroOrMinusOneIsInvalid
{
    public CairoContext(CairoSurface surface) : base(ownsHandle: true) => SetHandle(Cairo.CreateContext(surface));

    protected override bool ReleaseHandle()
    {
        Cairo.DestroyContext(handle);
        return true;
    }
}
