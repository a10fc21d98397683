using System.Globalization;
using System.Xml;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>Writes PASCAL VOC: <c>Annotations/*.xml</c>, <c>JPEGImages/</c>, <c>ImageSets/Main/SPLIT.txt</c>, <c>SegmentationObject/*.png</c>
/// where all objects of a picture have masks, and <c>classes.txt</c>.</summary>
internal sealed class VocWriter : DatasetWriter
{
    private const int MostObjects = SegmentationMap.Ignore - 1;
    private static readonly Rgb[] Colours = [new(0, 0, 0), .. Enumerable.Range(0, MostObjects).Select(Palette.Colour), new(224, 224, 192)];

    private readonly PictureNames _names;
    private readonly string _annotations, _pictures, _lists;

    public VocWriter(OutputFolder folder, IReadOnlyList<Category> categories, IReadOnlyDictionary<int, Skeleton> skeletons, LossCounter losses)
        : base(folder, categories, skeletons, losses)
    {
        _names = new PictureNames(losses, byStem: true); // all splits share a folder
        (_annotations, _pictures) = (folder.Folder("Annotations"), folder.Folder("JPEGImages"));
        _lists = folder.Folder("ImageSets", "Main");
        WriteClasses();
        CountClassIds();
    }

    public override bool HasFolderOfEachSplit => false;

    public override void WriteSplit(string split, IEnumerable<WrittenPicture> pictures)
    {
        using StreamWriter list = File.CreateText(Path.Combine(_lists, split + ".txt"));
        list.NewLine = "\n";
        foreach (WrittenPicture picture in pictures)
        {
            string name = _names.NameOf(picture.Path, out bool isNew), stem = Path.GetFileNameWithoutExtension(name);
            list.WriteLine(stem);
            if (!isNew) continue;
            Folder.Place(picture.Path, Path.Combine(_pictures, name));
            WriteXml(Path.Combine(_annotations, stem + ".xml"), name, picture, WriteMasks(stem, picture));
        }
    }

    public override void Finish() { }

    /// <summary>Draws the masks of a picture; false where it has none, or not those of all objects.</summary>
    private bool WriteMasks(string stem, WrittenPicture picture)
    {
        int masks = picture.Objects.Count(o => o.Mask is not null);
        if (masks == 0) return false;
        if (masks < picture.Objects.Count || masks > MostObjects)
        {
            Losses.Add(ConversionLoss.Mask, masks);
            return false;
        }
        var pixels = new byte[picture.Size.Pixels];
        for (int i = 0; i < masks; i++) Draw(picture.Objects[i].Mask!, (byte)(i + 1), pixels);
        var left = new long[256];
        foreach (byte value in pixels) left[value]++;
        for (int i = 0; i < masks; i++)
            if (left[i + 1] != picture.Objects[i].Mask!.Area()) Losses.Add(ConversionLoss.OverlappingMask);
        File.WriteAllBytes(Path.Combine(Folder.Folder("SegmentationObject"), stem + ".png"), Image.EncodePalettePng(picture.Size, pixels, Colours));
        return true;
    }

    private static void Draw(RunLengthMask mask, byte value, byte[] pixels)
    {
        (int height, int width) = (mask.Size.Height, mask.Size.Width);
        long place = 0;
        for (int i = 0; i < mask.Counts.Length; i++)
        {
            long end = place + mask.Counts[i];
            if (i % 2 == 1)
                for (; place < end; place++) pixels[place % height * width + place / height] = value;
            place = end;
        }
    }

    private void WriteXml(string path, string name, WrittenPicture picture, bool hasMasks)
    {
        using var xml = XmlWriter.Create(path, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, NewLineChars = "\n" });
        xml.WriteStartElement("annotation");
        xml.WriteElementString("folder", "JPEGImages");
        xml.WriteElementString("filename", name);
        xml.WriteStartElement("size");
        xml.WriteElementString("width", picture.Size.Width.ToString(CultureInfo.InvariantCulture));
        xml.WriteElementString("height", picture.Size.Height.ToString(CultureInfo.InvariantCulture));
        xml.WriteElementString("depth", "3");
        xml.WriteEndElement();
        xml.WriteElementString("segmented", hasMasks ? "1" : "0");
        foreach (WrittenObject o in picture.Objects) Write(xml, o);
        xml.WriteEndElement();
    }

    private void Write(XmlWriter xml, WrittenObject o)
    {
        if (o.Stated.IsCrowd) Losses.Add(ConversionLoss.Crowd);
        if (o.Keypoints is not null) Losses.Add(ConversionLoss.Keypoints);
        xml.WriteStartElement("object");
        xml.WriteElementString("name", Categories[o.Class].Name);
        xml.WriteElementString("difficult", o.Stated.IsDifficult ? "1" : "0");
        xml.WriteStartElement("bndbox");
        // VOC counts pixels from 1, and its last pixel lies inside.
        xml.WriteElementString("xmin", Text(ShortNumber.Between(-1, o.Box.X1)));
        xml.WriteElementString("ymin", Text(ShortNumber.Between(-1, o.Box.Y1)));
        xml.WriteElementString("xmax", Text(o.Box.X2));
        xml.WriteElementString("ymax", Text(o.Box.Y2));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}
