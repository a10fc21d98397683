using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>ADE20K's scene parsing benchmark (ADEChallengeData2016): <c>images/training/*.jpg</c> with
/// <c>annotations/training/*.png</c>, and the same of <c>validation</c>. The splits are called train and val.</summary>
/// <remarks>Zhou et al., "Scene Parsing through ADE20K Dataset" (CVPR 2017). In the masks 0 is everything else, which is ignored, and 1
/// to 150 are the classes, in the order of their frequency; of a class's names the first is taken.</remarks>
public sealed class Ade20KLayout : MaskFileLayout
{
    private const string Names =
        "wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door, table, " +
        "mountain, plant, curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, armchair, seat, " +
        "fence, desk, rock, wardrobe, lamp, bathtub, railing, cushion, base, box, column, signboard, chest of drawers, counter, " +
        "sand, sink, skyscraper, fireplace, refrigerator, grandstand, path, stairs, runway, case, pool table, pillow, screen " +
        "door, stairway, river, bridge, bookcase, blind, coffee table, toilet, flower, book, hill, bench, countertop, stove, " +
        "palm, kitchen island, computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel, light, truck, tower, " +
        "chandelier, awning, streetlight, booth, television, airplane, dirt track, apparel, pole, land, bannister, escalator, " +
        "ottoman, bottle, buffet, poster, stage, van, ship, fountain, conveyer belt, canopy, washer, plaything, swimming pool, " +
        "stool, barrel, basket, waterfall, tent, bag, minibike, cradle, oven, ball, food, step, tank, trade name, microwave, pot, " +
        "animal, bicycle, lake, dishwasher, screen, blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan, " +
        "pier, crt screen, plate, monitor, bulletin board, shower, radiator, glass, clock, flag";

    private static readonly Dictionary<string, string> Folders = new() { ["train"] = "training", ["val"] = "validation" };

    private Ade20KLayout(string root, IReadOnlyList<string> splits) : base(root, DatasetFormat.Ade20K, splits) { }

    /// <summary>The layout at a folder, or null when it holds no ADE20K.</summary>
    internal static Ade20KLayout? TryFind(string root)
    {
        string[] splits = [.. Folders.Where(split => Directory.Exists(Path.Combine(root, "images", split.Value)) &&
            Directory.Exists(Path.Combine(root, "annotations", split.Value))).Select(split => split.Key)];
        return splits.Length > 0 ? new Ade20KLayout(root, InOrder(splits)) : null;
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => Folders.TryGetValue(split, out string? folder)
        ? $"folders {Path.Combine(Root, "images", folder)} and {Path.Combine(Root, "annotations", folder)}"
        : "another folder: ADE20K has the splits train and val";

    internal override IEnumerable<string> PictureFiles() => Files("images");

    internal override IEnumerable<string> MaskFiles() => Files("annotations");

    private protected override LabelValues KnownValues => LabelValues.Named(Names.Split(", "), first: 1, 0);

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults) => MaskPairs.OfFolders(
        Path.Combine(Root, "images", Folders[split]), Path.Combine(Root, "annotations", Folders[split]), faults);

    private IEnumerable<string> Files(string kind) => Splits.Select(split => Path.Combine(Root, kind, Folders[split]))
        .SelectMany(folder => new PictureFolder(folder).Pictures.Select(name => Path.Combine(folder, name)));
}
