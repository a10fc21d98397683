using System.Text;
using Fovea.Imaging;

namespace Fovea.Tests.Data;

/// <summary>A folder of its own for a test, in which data sets are made in their published layouts.</summary>
internal sealed class DataFolder : IDisposable
{
    public DataFolder() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "fovea-data-" + Guid.NewGuid().ToString("N"));

    public string this[string name] => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string Write(string name, string text)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(false));
        return path;
    }

    /// <summary>A PNG whose pixels depend on the seed, so that two pictures are equal exactly when size and seed are.</summary>
    public string Picture(string name, int height = 48, int width = 64, int seed = 0)
    {
        byte[] pixels = new byte[height * width * 3];
        new Random(seed).NextBytes(pixels);
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new Image(new ImageSize(height, width), pixels).SavePng(path);
        return path;
    }

    /// <summary>Writes one VOC annotation and a picture that fits it.</summary>
    public void Voc(string id, string objects, int height = 48, int width = 64, int? seed = null)
    {
        Write($"Annotations/{id}.xml", VocText(id, objects, height, width));
        Picture($"JPEGImages/{id}.png", height, width, seed ?? id.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
    }

    public static string VocText(string id, string objects, int height = 48, int width = 64) =>
        $"""
        <annotation>
          <folder>JPEGImages</folder>
          <filename>{id}.png</filename>
          <size><width>{width}</width><height>{height}</height><depth>3</depth></size>
        {objects}
        </annotation>
        """;

    /// <summary>One VOC object on one line.</summary>
    public static string Object(string name, string xmin, string ymin, string xmax, string ymax, string more = "") =>
        $"<object><name>{name}</name>{more}<bndbox><xmin>{xmin}</xmin><ymin>{ymin}</ymin><xmax>{xmax}</xmax><ymax>{ymax}</ymax></bndbox></object>";

    public static string Object(string name, int xmin, int ymin, int xmax, int ymax) =>
        Object(name, $"{xmin}", $"{ymin}", $"{xmax}", $"{ymax}");

    public void Split(string name, params string[] ids) => Write($"ImageSets/Main/{name}.txt", string.Join('\n', ids) + "\n");

    /// <summary>Two splits of good VOC pictures: train (a, b) and val (c), with the classes car and dog.</summary>
    public void GoodVoc()
    {
        Voc("a", Object("car", 1, 1, 64, 48) + "\n" + Object("dog", 10, 10, 20, 30));
        Voc("b", Object("dog", 5, 5, 25, 25));
        Voc("c", Object("car", 5, 5, 25, 25));
        Split("train", "a", "b");
        Split("val", "c");
    }

    /// <summary>A good COCO folder: train2017 (images 7 and 9) and val2017 (image 11), categories 3 car and 18 dog.</summary>
    public void GoodCoco()
    {
        Picture("train2017/7.png", seed: 7);
        Picture("train2017/9.png", seed: 9);
        Picture("val2017/11.png", seed: 11);
        Write("annotations/instances_train2017.json", CocoText(
            Image(7) + ",\n" + Image(9),
            Annotation(100, 7, 18, "[1, 2, 30.5, 20]", """, "area": 300.25, "iscrowd": 0, "segmentation": [[1, 2, 31.5, 2, 31.5, 22, 1, 22]]""") + ",\n" +
            Annotation(101, 9, 3, "[0, 0, 64, 48]", """, "iscrowd": 1, "segmentation": {"size": [48, 64], "counts": [0, 3072]}""") + ",\n" +
            Annotation(102, 7, 3, "[5, 5, 10, 10]")));
        Write("annotations/instances_val2017.json", CocoText(Image(11), Annotation(100, 11, 3, "[5, 5, 10, 10]")));
    }

    public static string CocoText(string images, string annotations, string categories = """{"id": 18, "name": "dog"}, {"id": 3, "name": "car"}""") =>
        $$"""
        {"info": {"year": 2017}, "images": [{{images}}],
        "annotations": [{{annotations}}],
        "categories": [{{categories}}]}
        """;

    public static string Image(long id, int height = 48, int width = 64) =>
        $$"""{"id": {{id}}, "file_name": "{{id}}.png", "width": {{width}}, "height": {{height}}}""";

    public static string Annotation(long id, long image, long category, string box, string more = "") =>
        $$"""{"id": {{id}}, "image_id": {{image}}, "category_id": {{category}}, "bbox": {{box}}{{more}}}""";
}
