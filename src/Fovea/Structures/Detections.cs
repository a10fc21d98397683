using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>What a detector found in one picture, in coordinates of the original picture, surest first.</summary>
/// <remarks>The arrays run in parallel: entry i of each belongs to object i. They are held, not copied; whoever builds
/// the object hands them over.</remarks>
public sealed class Detections
{
    /// <summary>Takes detections that are already ordered by falling score.</summary>
    /// <param name="size">Size of the original picture.</param>
    /// <param name="boxes">One box an object, in continuous absolute pixels of the original picture.</param>
    /// <param name="scores">One score an object, finite, never rising from one to the next. Usually 0 to 1.</param>
    /// <param name="categories">One zero-based category index an object: the detector's label minus 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, the scores rise, or an entry is not valid.</exception>
    public Detections(ImageSize size, Box[] boxes, float[] scores, int[] categories)
    {
        CheckLengths(boxes, scores, categories);
        for (int i = 0; i < boxes.Length; i++)
        {
            CheckEntry(i, boxes[i], scores[i], categories[i]);
            if (i > 0 && scores[i] > scores[i - 1])
                throw new ArgumentException($"Detections must be ordered by falling score, but detection {i} has " +
                    $"{scores[i]} after {scores[i - 1]}. {nameof(Detections)}.{nameof(Sort)} orders them.", nameof(scores));
        }
        Size = size;
        Boxes = boxes;
        Scores = scores;
        Categories = categories;
    }

    /// <summary>Size of the original picture.</summary>
    public ImageSize Size { get; }

    /// <summary>The boxes, in continuous absolute pixels of the original picture.</summary>
    public Box[] Boxes { get; }

    /// <summary>How sure the detector is of each object, falling.</summary>
    public float[] Scores { get; }

    /// <summary>Zero-based index of each object's category.</summary>
    public int[] Categories { get; }

    /// <summary>The pixels of each object; null where the detector tells none.</summary>
    public RunLengthMask[]? Masks { get; private init; }

    /// <summary>The probabilities that <see cref="Masks"/> were cut from; null where there are none.</summary>
    public SoftMask[]? SoftMasks { get; private init; }

    /// <summary>The key points of each object, none for one of a class without key points; null where the detector tells none.</summary>
    public DetectedKeypoint[][]? Keypoints { get; private init; }

    /// <summary>Number of objects.</summary>
    public int Count => Boxes.Length;

    /// <summary>A picture in which nothing was found.</summary>
    public static Detections None(ImageSize size) => new(size, [], [], []);

    /// <summary>Orders detections by falling score; equal scores keep their order. The arrays given stay as they are.</summary>
    /// <param name="size">Size of the original picture.</param>
    /// <param name="boxes">One box an object, in continuous absolute pixels of the original picture.</param>
    /// <param name="scores">One finite score an object, in any order.</param>
    /// <param name="categories">One zero-based category index an object.</param>
    /// <exception cref="ArgumentException">The lengths differ, or an entry is not valid.</exception>
    public static Detections Sort(ImageSize size, ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, ReadOnlySpan<int> categories)
    {
        CheckLengths(boxes, scores, categories);
        int[] order = new int[scores.Length];
        for (int i = 0; i < order.Length; i++)
        {
            CheckEntry(i, boxes[i], scores[i], categories[i]);
            order[i] = i;
        }
        float[] keys = scores.ToArray();
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));

        var sorted = (Boxes: new Box[order.Length], Scores: new float[order.Length], Categories: new int[order.Length]);
        for (int i = 0; i < order.Length; i++)
        {
            sorted.Boxes[i] = boxes[order[i]];
            sorted.Scores[i] = scores[order[i]];
            sorted.Categories[i] = categories[order[i]];
        }
        return new Detections(size, sorted.Boxes, sorted.Scores, sorted.Categories);
    }

    /// <summary>The same with masks, one an object.</summary>
    /// <exception cref="ArgumentException">There are more or fewer, or one is of another size than the picture.</exception>
    public Detections WithMasks(RunLengthMask[] masks)
    {
        ExpectOneEach(masks.Length, "masks");
        if (Array.Find(masks, mask => mask.Size != Size) is { } other)
            throw new ArgumentException($"The picture is {Size}, but a mask is {other.Size}.", nameof(masks));
        return new Detections(Size, Boxes, Scores, Categories) { Masks = masks, SoftMasks = null, Keypoints = Keypoints };
    }

    /// <summary>The same with masks cut from probabilities at one half, one an object.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public Detections WithMasks(SoftMask[] masks)
    {
        ExpectOneEach(masks.Length, "masks");
        var cut = new RunLengthMask[masks.Length];
        Parallel.For(0, masks.Length, i => cut[i] = masks[i].Cut(Size));
        return new Detections(Size, Boxes, Scores, Categories) { Masks = cut, SoftMasks = masks, Keypoints = Keypoints };
    }

    /// <summary>The same with key points, as many for each object.</summary>
    /// <exception cref="ArgumentException">There are more or fewer objects, or one has another number of key points.</exception>
    public Detections WithKeypoints(DetectedKeypoint[][] keypoints)
    {
        ExpectOneEach(keypoints.Length, "lists of key points");
        if (keypoints.Length > 0 && keypoints.Any(points => points.Length != keypoints[0].Length))
            throw new ArgumentException("Objects need as many key points each.", nameof(keypoints));
        return new Detections(Size, Boxes, Scores, Categories) { Masks = Masks, SoftMasks = SoftMasks, Keypoints = keypoints };
    }

    /// <summary>The same without the key points of classes that have none: a network tells some for whatever it finds.</summary>
    /// <param name="has">Whether a category, by its zero-based index, has key points.</param>
    public Detections WithKeypointsOf(Func<int, bool> has) => new(Size, Boxes, Scores, Categories)
    {
        Masks = Masks, SoftMasks = SoftMasks,
        Keypoints = Keypoints is null ? null : [.. Keypoints.Select((points, i) => has(Categories[i]) ? points : [])],
    };

    /// <summary>The detections at the given places, in their order, with all that belongs to them.</summary>
    /// <exception cref="ArgumentException">The scores rise in that order.</exception>
    public Detections At(IReadOnlyList<int> places) =>
        new(Size, Of(Boxes, places)!, Of(Scores, places)!, Of(Categories, places)!)
            { Masks = Of(Masks, places), SoftMasks = Of(SoftMasks, places), Keypoints = Of(Keypoints, places) };

    /// <summary>The detections whose score is at least <paramref name="minimum"/>, in a new object.</summary>
    public Detections WithScoreAtLeast(float minimum)
    {
        int kept = 0;
        while (kept < Count && Scores[kept] >= minimum) kept++;
        return At([.. Enumerable.Range(0, kept)]);
    }

    /// <summary>The same in the mirror image of the picture.</summary>
    /// <param name="mirrorPairs">Key points that change places.</param>
    public Detections FlipHorizontal(IReadOnlyList<(int Left, int Right)> mirrorPairs) =>
        new(Size, [.. Boxes.Select(box => box.FlipHorizontal(Size.Width))], Scores, Categories)
        {
            Masks = Masks is null ? null : [.. Masks.Select(mask => mask.FlipHorizontal())],
            Keypoints = Keypoints is null ? null : [.. Keypoints.Select(points => Flip(points, Size.Width, mirrorPairs))],
        };

    /// <summary>The same where the picture is a part of a larger one.</summary>
    /// <param name="top">Row of the larger picture at which it begins.</param>
    /// <param name="left">Column at which it begins.</param>
    /// <param name="size">Size of the larger picture.</param>
    public Detections Place(int top, int left, ImageSize size) =>
        new(size, [.. Boxes.Select(box => box.Shift(top, left))], Scores, Categories)
        {
            Masks = Masks is null ? null : [.. Masks.Select(mask => mask.Crop(-top, -left, size))],
            Keypoints = Keypoints is null ? null : [.. Keypoints.Select(points => points
                .Select(point => point with { X = point.X + left, Y = point.Y + top }).ToArray())],
        };

    /// <summary>Chosen detections of several lists about one picture, in the order given.</summary>
    /// <param name="size">Size of the picture.</param>
    /// <param name="lists">One list or more, all of one model.</param>
    /// <param name="chosen">Places in them.</param>
    /// <exception cref="ArgumentException">The scores rise in that order.</exception>
    internal static Detections Choose(ImageSize size, IReadOnlyList<Detections> lists, IReadOnlyList<(int List, int Index)> chosen)
    {
        return new Detections(size, Of(list => list.Boxes), Of(list => list.Scores), Of(list => list.Categories))
        {
            Masks = lists.All(list => list.Masks is not null) ? Of(list => list.Masks!) : null,
            Keypoints = lists.All(list => list.Keypoints is not null) ? Of(list => list.Keypoints!) : null,
        };

        T[] Of<T>(Func<Detections, T[]> values) => [.. chosen.Select(one => values(lists[one.List])[one.Index])];
    }

    private static DetectedKeypoint[] Flip(DetectedKeypoint[] points, int width, IReadOnlyList<(int Left, int Right)> pairs)
    {
        DetectedKeypoint[] flipped = [.. points.Select(point => point with { X = width - point.X })];
        foreach ((int left, int right) in pairs)
        {
            if (Math.Max(left, right) >= flipped.Length)
                throw new ArgumentException($"The mirror pair ({left}, {right}) does not fit objects with {flipped.Length} key points.", nameof(pairs));
            (flipped[left], flipped[right]) = (flipped[right], flipped[left]);
        }
        return flipped;
    }

    private static T[]? Of<T>(T[]? values, IReadOnlyList<int> places) => values is null ? null : [.. places.Select(i => values[i])];

    private void ExpectOneEach(int count, string what)
    {
        if (count != Count) throw new ArgumentException($"There are {Count} objects, but {count} {what} arrived: one each is needed.");
    }

    private static void CheckLengths(ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, ReadOnlySpan<int> categories)
    {
        if (boxes.Length != scores.Length || boxes.Length != categories.Length)
            throw new ArgumentException("Detections need as many boxes as scores and categories, but there are " +
                $"{boxes.Length} boxes, {scores.Length} scores and {categories.Length} categories.");
    }

    private static void CheckEntry(int index, Box box, float score, int category)
    {
        if (!(double.IsFinite(box.X1) && double.IsFinite(box.Y1) && double.IsFinite(box.X2) && double.IsFinite(box.Y2)))
            throw new ArgumentException($"Detection {index} has an edge that is not a finite number: {box}.");
        if (box.Width < 0 || box.Height < 0)
            throw new ArgumentException($"Detection {index} is reversed, its right or lower edge comes first: {box}.");
        if (!float.IsFinite(score))
            throw new ArgumentException($"Detection {index} has the score {score}; a finite number is needed.");
        if (category < 0)
            throw new ArgumentException($"Detection {index} has the category {category}; zero-based indices are needed " +
                "(a detector's label minus 1, background left out).");
    }
}
