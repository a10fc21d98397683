using System.Text;
using Fovea.Imaging;

namespace Fovea.Cli.Tests;

/// <summary>A folder of its own for a test.</summary>
public sealed class WorkFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("fovea-cli-").FullName;

    public string this[params string[] names] => Path.Combine([Root, .. names]);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A dark picture with a bright square at (8, 8)-(40, 40).</summary>
    public string Picture(string name, byte shade = 40)
    {
        const int Side = 64;
        byte[] pixels = new byte[Side * Side * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = i / 3 % Side, y = i / 3 / Side;
            pixels[i] = x is >= 8 and < 40 && y is >= 8 and < 40 ? (byte)230 : (byte)(shade + (x + y) % 8);
        }
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new Image(new ImageSize(Side, Side), pixels).SavePng(path);
        return path;
    }

    /// <summary>A VOC folder with the classes circle and square, the splits train (4 pictures) and val (2).</summary>
    public string Voc(string name = "voc", string second = "circle")
    {
        for (int i = 0; i < 6; i++)
        {
            Picture(Path.Combine(name, "JPEGImages", $"p{i}.png"), (byte)(20 + 10 * i));
            Write(Path.Combine(name, "Annotations", $"p{i}.xml"), $"""
                <annotation><filename>p{i}.png</filename><size><width>64</width><height>64</height><depth>3</depth></size>
                <object><name>square</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>40</xmax><ymax>40</ymax></bndbox></object>
                <object><name>{second}</name><bndbox><xmin>30</xmin><ymin>30</ymin><xmax>60</xmax><ymax>60</ymax></bndbox></object>
                </annotation>
                """);
        }
        Write(Path.Combine(name, "ImageSets", "Main", "train.txt"), "p0\np1\np2\np3\n");
        Write(Path.Combine(name, "ImageSets", "Main", "val.txt"), "p4\np5\n");
        return this[name];
    }
}
