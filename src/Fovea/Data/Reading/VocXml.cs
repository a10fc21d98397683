using System.Globalization;
using System.Text;
using System.Xml;
using Fovea.Data.Checking;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>One object of a VOC file.</summary>
internal readonly record struct VocObject(string Name, Box Box, bool IsDifficult, long Line);

/// <summary>What one PASCAL VOC annotation file states: the elements filename, size and object of
/// <c>annotation</c>. Others (source, owner, pose, part, polygon ...) are passed over.</summary>
/// <remarks>Everingham et al., "The PASCAL Visual Object Classes Challenge 2012 Development Kit", section 5. Corners there
/// are pixels counted from 1, both inside the box: xmin 1, xmax 1 is one pixel wide. In continuous coordinates that
/// pixel reaches from 0 to 1, so the box is (xmin - 1, ymin - 1, xmax, ymax).</remarks>
internal sealed class VocXml
{
    /// <summary>A VOC file has a few kilobytes; a megabyte-long one is an accident or an attack.</summary>
    private const long MostCharacters = 16 << 20;
    private const int MostDepth = 64;
    private const int LongestText = 4096;

    /// <summary>The picture's name as the file states it, or null. Often wrong in data sets that were renamed.</summary>
    public string? FileName { get; private set; }

    /// <summary>The stated size, or null where there is none or it is not above zero.</summary>
    public ImageSize? Size { get; private set; }

    /// <summary>Line of the size element, 0 where there is none.</summary>
    public long SizeLine { get; private set; }

    /// <summary>True when something could not be accepted.</summary>
    public bool HasFaults { get; private set; }

    public List<VocObject> Objects { get; } = [];

    /// <summary>Reads a file. What cannot be accepted goes to <paramref name="sink"/>; the object it belongs to is left out.</summary>
    public static VocXml Read(string path, Action<Fault> sink)
    {
        var file = new VocXml();
        void faults(Fault fault)
        {
            file.HasFaults = true;
            sink(fault);
        }
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit, // no entities: neither bombs nor other files
                XmlResolver = null,
                MaxCharactersInDocument = MostCharacters,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
            });
            new Parser(file, reader, path, faults).Run();
        }
        catch (XmlException e)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path, e.LineNumber),
                $"this is not XML that can be read. {e.Message}"));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path), $"the file cannot be read. {e.Message}"));
        }
        return file;
    }

    /// <summary>Walks the elements; what matters is at most three levels below the root.</summary>
    private sealed class Parser(VocXml file, XmlReader reader, string path, Action<Fault> faults)
    {
        private readonly string[] _path = new string[MostDepth + 1];
        private readonly StringBuilder _text = new();
        private string? _width, _height, _name, _difficult;
        private long _objectLine;
        private bool _hasBox;
        private readonly string?[] _corners = new string?[4];

        private long Line => ((IXmlLineInfo)reader).LineNumber;

        public void Run()
        {
            while (reader.Read())
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        Begin();
                        if (reader.IsEmptyElement) End(reader.Depth);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA when _text.Length + reader.Value.Length <= LongestText:
                        _text.Append(reader.Value);
                        break;
                    case XmlNodeType.EndElement:
                        End(reader.Depth);
                        break;
                }
            }
            if (_width is not null || _height is not null) ReadSize();
        }

        private void Begin()
        {
            int depth = reader.Depth;
            if (depth > MostDepth) throw new XmlException($"Elements are nested more than {MostDepth} deep.", null, (int)Line, 0);
            _path[depth] = reader.LocalName;
            _text.Clear();
            if (depth == 0 && reader.LocalName != "annotation")
                throw new XmlException(
                    $"The root element is <{OneLine.Shorten(reader.LocalName)}>, but PASCAL VOC has <annotation>.", null, (int)Line, 0);
            if (depth == 1 && reader.LocalName == "size") file.SizeLine = Line;
            if (depth == 1 && reader.LocalName == "object")
            {
                (_objectLine, _name, _difficult, _hasBox) = (Line, null, null, false);
                Array.Clear(_corners);
            }
            if (depth == 2 && _path[1] == "object" && reader.LocalName == "bndbox") _hasBox = true;
        }

        private void End(int depth)
        {
            string text = _text.ToString().Trim();
            _text.Clear();
            switch (depth)
            {
                case 1 when _path[1] == "filename": file.FileName = text; break;
                case 1 when _path[1] == "object": AddObject(); break;
                case 2 when _path[1] == "size" && _path[2] == "width": _width = text; break;
                case 2 when _path[1] == "size" && _path[2] == "height": _height = text; break;
                case 2 when _path[1] == "object" && _path[2] == "name": _name = text; break;
                case 2 when _path[1] == "object" && _path[2] == "difficult": _difficult = text; break;
                case 3 when _path[1] == "object" && _path[2] == "bndbox":
                    int corner = Array.IndexOf(CornerNames, _path[3]);
                    if (corner >= 0) _corners[corner] = text;
                    break;
            }
        }

        private void ReadSize()
        {
            if (!Number(_width, out double width) || !Number(_height, out double height) ||
                width != Math.Floor(width) || height != Math.Floor(height) || Math.Max(width, height) > int.MaxValue)
                Report(file.SizeLine, $"the size is width '{OneLine.Shorten(_width)}', height '{OneLine.Shorten(_height)}', " +
                    "but whole numbers of pixels were expected.");
            else if (width > 0 && height > 0)
                file.Size = new ImageSize((int)height, (int)width);
        }

        private void AddObject()
        {
            if (string.IsNullOrEmpty(_name))
            {
                Report(_objectLine, "this object has no <name>, so its class is not known.");
                return;
            }
            if (!_hasBox)
            {
                Report(_objectLine, $"this object ({OneLine.Shorten(_name)}) has no <bndbox>.");
                return;
            }
            Span<double> corners = stackalloc double[4];
            for (int i = 0; i < 4; i++)
            {
                if (Number(_corners[i], out corners[i])) continue;
                Report(_objectLine, _corners[i] is null
                    ? $"this object ({OneLine.Shorten(_name)}) has a <bndbox> without <{CornerNames[i]}>."
                    : $"this object ({OneLine.Shorten(_name)}) has {CornerNames[i]} '{OneLine.Shorten(_corners[i])}', " +
                        "but a number was expected.");
                return;
            }
            bool difficult = _difficult is "1" or "true" or "True";
            if (!difficult && _difficult is not (null or "" or "0" or "false" or "False"))
            {
                Report(_objectLine, $"this object ({OneLine.Shorten(_name)}) has difficult '{OneLine.Shorten(_difficult)}', " +
                    "but 0 or 1 was expected.");
                return;
            }
            var box = new Box(corners[0] - 1, corners[1] - 1, corners[2], corners[3]);
            file.Objects.Add(new VocObject(_name, box, difficult, _objectLine));
        }

        private void Report(long line, string message) =>
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path, line), message));
    }

    private static readonly string[] CornerNames = ["xmin", "ymin", "xmax", "ymax"];

    private static bool Number(string? text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
