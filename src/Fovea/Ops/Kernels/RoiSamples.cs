namespace Fovea.Ops.Kernels;

/// <summary>Where RoIAlign and precise RoI pooling look: the bilinear sampling points of every region, as weights on rows and on
/// columns.</summary>
/// <remarks>
/// The points of a region form a regular grid, so the value of bin (i, j) is sum_y sum_x wy[i, y] wx[j, x] F[y, x]: a weight on a
/// row times a weight on a column. Points that fall between the same pixels share one weight. The weights are the same for all
/// channels, and are computed once. Positions are computed in single precision in torchvision's order, so that no point lands on
/// another pixel. He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 3, RoIAlign; "aligned" is the half-pixel shift
/// of Detectron2.
/// </remarks>
internal sealed class RoiSamples
{
    /// <summary>More sampling points than this a bin and direction are refused: they could only waste time.</summary>
    public const int MaxSamplingRatio = 4096;

    /// <summary>Column of each horizontal tap; taps of bin j of region r lie between ColumnEnds[r * PW + j] and the next
    /// entry.</summary>
    public readonly int[] Columns;

    /// <summary>Weight of each horizontal tap.</summary>
    public readonly float[] ColumnWeights;

    /// <summary>R * PW + 1 offsets into <see cref="Columns"/>.</summary>
    public readonly int[] ColumnEnds;

    /// <summary>The distinct rows that a region touches; region r owns the entries RegionRows[r] ..&lt; RegionRows[r +
    /// 1].</summary>
    public readonly int[] Rows;

    /// <summary>R + 1 offsets into <see cref="Rows"/>.</summary>
    public readonly int[] RegionRows;

    /// <summary>The bins (0 ..&lt; PH) to which a row contributes; entry k of Rows owns RowBinEnds[k] ..&lt; RowBinEnds[k +
    /// 1].</summary>
    public readonly int[] RowBins;

    /// <summary>Weight of the row in each of those bins, already divided by the number of points of a bin.</summary>
    public readonly float[] RowWeights;

    /// <summary>Rows.Length + 1 offsets into <see cref="RowBins"/>.</summary>
    public readonly int[] RowBinEnds;

    /// <summary>Lays out the sampling points of all regions.</summary>
    /// <param name="rois">R x 5 floats: image, x1, y1, x2, y2 in picture coordinates. Coordinates that are not numbers give empty
    /// regions.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">Size of the map over size of the picture.</param>
    /// <param name="samplingRatio">Points a bin and direction; 0 or less: as many as the bin is pixels wide, rounded up.</param>
    /// <param name="aligned">Shift by half a pixel, and leave regions smaller than a pixel as they are.</param>
    public RoiSamples(ReadOnlySpan<float> rois, in RoiShape shape, float scale, int samplingRatio, bool aligned)
        : this(rois, shape, scale, (int?)samplingRatio, aligned) { }

    // Without a sampling ratio the weights are those of the mean over the whole bin.
    private RoiSamples(ReadOnlySpan<float> rois, in RoiShape shape, float scale, int? samplingRatio, bool aligned)
    {
        if (samplingRatio > MaxSamplingRatio)
            throw new ArgumentException($"A sampling ratio of {samplingRatio} was asked for; "
                + $"use at most {MaxSamplingRatio} (2 is usual).", nameof(samplingRatio));
        Growing<int> columns = new(), rows = new(), rowBins = new(), rowBinEnds = new();
        Growing<float> columnWeights = new(), rowWeights = new();
        ColumnEnds = new int[shape.Regions * shape.PooledWidth + 1];
        RegionRows = new int[shape.Regions + 1];
        rowBinEnds.Add(0);
        AxisTaps taps = new();
        int[] slotOfRow = new int[shape.Height];
        float offset = aligned ? 0.5f : 0f;
        for (int r = 0; r < shape.Regions; r++)
        {
            ReadOnlySpan<float> roi = rois.Slice(r * 5, 5);
            float left = roi[1] * scale - offset, top = roi[2] * scale - offset;
            float width = roi[3] * scale - offset - left, height = roi[4] * scale - offset - top;
            if (!aligned && samplingRatio is not null)
            {
                // As std::max(width, 1): a width that is not a number stays so, and the region is then empty.
                width = width < 1 ? 1 : width;
                height = height < 1 ? 1 : height;
            }
            long across = samplingRatio is { } x ? PointsPerBin(width / shape.PooledWidth, x) : 1;
            long down = samplingRatio is { } y ? PointsPerBin(height / shape.PooledHeight, y) : 1;
            float share = (float)(1 / Math.Max(1.0, (double)across * down));

            taps.Clear();
            for (int bin = 0; bin < shape.PooledWidth; bin++)
            {
                if (samplingRatio is null) taps.AddMean(bin, left, width / shape.PooledWidth, shape.Width);
                else taps.AddBin(bin, left, width / shape.PooledWidth, across, shape.Width);
                ColumnEnds[r * shape.PooledWidth + bin + 1] = columns.Count + taps.Pixels.Length;
            }
            columns.Add(taps.Pixels);
            columnWeights.Add(taps.Weights);

            taps.Clear();
            for (int bin = 0; bin < shape.PooledHeight; bin++)
                if (samplingRatio is null) taps.AddMean(bin, top, height / shape.PooledHeight, shape.Height);
                else taps.AddBin(bin, top, height / shape.PooledHeight, down, shape.Height);
            AddRows(taps, share, slotOfRow, rows, rowBins, rowWeights, rowBinEnds);
            RegionRows[r + 1] = rows.Count;
        }
        (Columns, ColumnWeights) = (columns.Items, columnWeights.Items);
        (Rows, RowBins, RowWeights, RowBinEnds) = (rows.Items, rowBins.Items, rowWeights.Items, rowBinEnds.Items);
    }

    /// <summary>Lays out the mean of the bilinearly interpolated map over every bin, as precise RoI pooling wants it.</summary>
    /// <param name="rois">R x 5 floats: image, x1, y1, x2, y2 in picture coordinates. Regions without area are empty.</param>
    /// <param name="shape">All sizes.</param>
    /// <param name="scale">Size of the map over size of the picture.</param>
    public static RoiSamples OfMeans(ReadOnlySpan<float> rois, in RoiShape shape, float scale) => new(rois, shape, scale, null, false);

    private static long PointsPerBin(float binSize, int samplingRatio) =>
        samplingRatio > 0 ? samplingRatio : (long)Math.Clamp(MathF.Ceiling(binSize), 0f, 1e15f);

    // Groups the taps of all bins by row, in order of first appearance, so that a row that serves two bins is read once.
    private static void AddRows(AxisTaps taps, float share, int[] slotOfRow, Growing<int> rows, Growing<int> rowBins,
        Growing<float> rowWeights, Growing<int> rowBinEnds)
    {
        int first = rows.Count, place = rowBins.Count;
        ReadOnlySpan<int> pixels = taps.Pixels;
        foreach (int row in pixels)
            if (slotOfRow[row]++ == 0) rows.Add(row);

        // From the number of a row's taps to the place of its next tap.
        for (int k = first; k < rows.Count; k++)
        {
            ref int slot = ref slotOfRow[rows.Items[k]];
            (slot, place) = (place, place + slot);
            rowBinEnds.Add(place);
        }
        Span<int> bins = rowBins.Extend(pixels.Length);
        Span<float> weights = rowWeights.Extend(pixels.Length);
        int start = place - pixels.Length;
        for (int t = 0; t < pixels.Length; t++)
        {
            int to = slotOfRow[pixels[t]]++ - start;
            bins[to] = taps.Bins[t];
            weights[to] = taps.Weights[t] * share;
        }
        for (int k = first; k < rows.Count; k++) slotOfRow[rows.Items[k]] = 0;
    }
}
