using System.Text.Encodings.Web;
using System.Text.Json;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>Writes COCO: <c>annotations/instances_SPLIT.json</c> and <c>SPLIT/</c> with the pictures. Ids are kept where the source has some,
/// otherwise counted from 1; polygons stay polygons, other masks are run lengths.</summary>
internal sealed class CocoWriter(OutputFolder folder, IReadOnlyList<Category> categories, IReadOnlyDictionary<int, Skeleton> skeletons,
    LossCounter losses, bool keepsIds) : DatasetWriter(folder, categories, skeletons, losses)
{
    private readonly record struct Listed(long Id, string Name, Imaging.ImageSize Size);

    public override void WriteSplit(string split, IEnumerable<WrittenPicture> pictures)
    {
        string target = Folder.Folder(split);
        var names = new PictureNames(Losses, byStem: false);
        using FileStream stream = File.Create(Path.Combine(Folder.Folder("annotations"), $"instances_{split}.json"));
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartArray("annotations");
        List<Listed> listed = [];
        long objects = 0;
        foreach (WrittenPicture picture in pictures)
        {
            var own = new Listed(keepsIds ? picture.Id : listed.Count + 1, names.NameOf(picture.Path, out _), picture.Size);
            listed.Add(own);
            Folder.Place(picture.Path, Path.Combine(target, own.Name));
            foreach (WrittenObject o in picture.Objects) Write(json, o, keepsIds ? o.Stated.Id : ++objects, own.Id);
            json.Flush();
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        foreach (Listed picture in listed)
        {
            json.WriteStartObject();
            json.WriteNumber("id", picture.Id);
            json.WriteString("file_name", picture.Name);
            json.WriteNumber("width", picture.Size.Width);
            json.WriteNumber("height", picture.Size.Height);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("categories");
        for (int i = 0; i < Categories.Count; i++) Write(json, Categories[i], Skeletons.GetValueOrDefault(i));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public override void Finish() { }

    private void Write(Utf8JsonWriter json, WrittenObject o, long id, long picture)
    {
        if (o.Stated.IsDifficult) Losses.Add(ConversionLoss.Difficult);
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", picture);
        json.WriteNumber("category_id", Categories[o.Class].Id);
        json.WriteStartArray("bbox");
        Box box = o.Box;
        foreach (double value in (double[])[box.X1, box.Y1, ShortNumber.Between(box.X1, box.X2), ShortNumber.Between(box.Y1, box.Y2)])
            json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteNumber("area", o.Area);
        json.WriteNumber("iscrowd", o.Stated.IsCrowd ? 1 : 0);
        if (o.Outline is { Runs: { } runs })
        {
            json.WriteStartObject("segmentation");
            json.WriteStartArray("size");
            json.WriteNumberValue(runs.Size.Height);
            json.WriteNumberValue(runs.Size.Width);
            json.WriteEndArray();
            json.WriteString("counts", runs.ToCompressed());
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("segmentation");
            foreach (double[] polygon in o.Outline?.Polygons ?? [])
            {
                json.WriteStartArray();
                foreach (double value in polygon) json.WriteNumberValue(value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        if (o.Stated.Keypoints is { } points)
        {
            json.WriteNumber("num_keypoints", points.Count(p => p.Visibility > 0));
            json.WriteStartArray("keypoints");
            foreach (Keypoint point in points)
            {
                json.WriteNumberValue(point.X);
                json.WriteNumberValue(point.Y);
                json.WriteNumberValue(point.Visibility);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Category category, Skeleton? skeleton)
    {
        json.WriteStartObject();
        json.WriteNumber("id", category.Id);
        json.WriteString("name", category.Name);
        if (skeleton is not null)
        {
            json.WriteStartArray("keypoints");
            foreach (string name in skeleton.Names) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteStartArray("skeleton");
            foreach ((int from, int to) in skeleton.Limbs)
            {
                json.WriteStartArray();
                json.WriteNumberValue(from + 1);
                json.WriteNumberValue(to + 1);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
