namespace Fovea.Data;

/// <summary>A place in an annotation file, written as compilers do: <c>file:line:column</c>.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Line, counted from 1; 0 where the whole file is meant.</param>
/// <param name="Column">Byte of the line, counted from 1, for JSON that is one long line; 0 where it is not known.</param>
public readonly record struct DataLocation(string File, long Line = 0, long Column = 0)
{
    /// <summary>Written as in "Annotations/a.xml:12" or "instances_val.json:1:20480".</summary>
    public override string ToString() =>
        Line == 0 ? File : Column == 0 ? $"{File}:{Line}" : $"{File}:{Line}:{Column}";
}
