namespace Fovea.Metrics;

/// <summary>Everything that was added to an evaluator, in the order of adding.</summary>
internal sealed class CocoTable<TShape>
{
    private readonly Dictionary<long, int> _indexOfId = [];
    private readonly List<long> _imageIds = [];
    private readonly List<CocoTruth<TShape>> _truths = [];
    private readonly List<int> _truthImages = [];
    private readonly List<CocoDetection<TShape>> _detections = [];
    private readonly List<int> _detectionImages = [];

    public int ImageCount => _imageIds.Count;

    public bool Contains(long imageId) => _indexOfId.ContainsKey(imageId);

    public bool TryFind(long imageId, out int image) => _indexOfId.TryGetValue(imageId, out image);

    public int AddImage(long imageId)
    {
        _indexOfId.Add(imageId, _imageIds.Count);
        _imageIds.Add(imageId);
        return _imageIds.Count - 1;
    }

    public void AddTruth(int image, in CocoTruth<TShape> truth)
    {
        _truths.Add(truth);
        _truthImages.Add(image);
    }

    public void AddDetection(int image, in CocoDetection<TShape> detection)
    {
        _detections.Add(detection);
        _detectionImages.Add(image);
    }

    /// <summary>Orders everything by category, then by picture id, then as it was added.</summary>
    public CocoGroups<TShape> Group(int categories)
    {
        int[] rankOfImage = new int[_imageIds.Count];
        int[] byId = new int[_imageIds.Count];
        for (int i = 0; i < byId.Length; i++) byId[i] = i;
        Array.Sort(_imageIds.ToArray(), byId);
        for (int rank = 0; rank < byId.Length; rank++) rankOfImage[byId[rank]] = rank;

        return new CocoGroups<TShape>(
            Grouped<CocoTruth<TShape>>.By(_truths, _truthImages, rankOfImage, categories, truth => truth.Category),
            Grouped<CocoDetection<TShape>>.By(_detections, _detectionImages, rankOfImage, categories, detection => detection.Category));
    }
}

/// <summary>The annotations and detections of a data set, ordered by category and picture.</summary>
internal sealed record CocoGroups<TShape>(Grouped<CocoTruth<TShape>> Truths, Grouped<CocoDetection<TShape>> Detections);

/// <summary>Items ordered by category, then by picture, then as they were added.</summary>
/// <param name="Items">The items.</param>
/// <param name="Images">Of each item, the rank of its picture among all pictures by id.</param>
/// <param name="Starts">Where each category begins, with the number of items at the end.</param>
internal sealed record Grouped<T>(T[] Items, int[] Images, int[] Starts)
{
    public ReadOnlySpan<T> ItemsOf(int category) => Items.AsSpan(Starts[category]..Starts[category + 1]);

    public ReadOnlySpan<int> ImagesOf(int category) => Images.AsSpan(Starts[category]..Starts[category + 1]);

    public static Grouped<T> By(List<T> added, List<int> images, int[] rankOfImage, int categories, Func<T, int> categoryOf)
    {
        int[] ranks = new int[added.Count], category = new int[added.Count];
        for (int i = 0; i < ranks.Length; i++)
        {
            ranks[i] = rankOfImage[images[i]];
            category[i] = categoryOf(added[i]);
        }
        // Two stable passes, the lesser key first, order by both keys and keep the order of adding within.
        int[] order = new int[added.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        order = CountingSort(order, ranks, rankOfImage.Length, out _);
        order = CountingSort(order, category, categories, out int[] starts);

        var items = new T[order.Length];
        int[] itemRanks = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            items[i] = added[order[i]];
            itemRanks[i] = ranks[order[i]];
        }
        return new Grouped<T>(items, itemRanks, starts);
    }

    private static int[] CountingSort(int[] order, int[] keys, int keyCount, out int[] starts)
    {
        starts = new int[keyCount + 1];
        foreach (int key in keys) starts[key + 1]++;
        for (int key = 0; key < keyCount; key++) starts[key + 1] += starts[key];
        int[] next = starts[..keyCount];
        int[] sorted = new int[order.Length];
        foreach (int item in order) sorted[next[keys[item]]++] = item;
        return sorted;
    }
}
