using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>The outcome of VOC's evaluation.</summary>
/// <param name="PerCategory">The figures of each category, in the order of the data set's categories.</param>
public sealed record VocResult(IReadOnlyList<VocCategoryFigures> PerCategory)
{
    /// <summary>-1: stands for a figure that no object defines. Such categories are left out of the means.</summary>
    public const double Undefined = -1;

    /// <summary>Mean of the categories' eleven-point average precisions (VOC 2007).</summary>
    public double MeanElevenPointAp => Mean(figures => figures.ElevenPointAp);

    /// <summary>Mean of the categories' average precisions over the whole curve (VOC 2010 and later).</summary>
    public double MeanAp => Mean(figures => figures.Ap);

    private double Mean(Func<VocCategoryFigures, double> figure) =>
        PerCategory.Where(figures => figures.Objects > 0).Select(figure).DefaultIfEmpty(Undefined).Average();
}

/// <summary>The figures of one category.</summary>
/// <param name="Category">The category.</param>
/// <param name="Objects">Number of objects there were to find, the difficult ones left out.</param>
/// <param name="ElevenPointAp">Average precision over eleven recalls (VOC 2007), 0 to 1, or <see cref="VocResult.Undefined"/>.</param>
/// <param name="Ap">Average precision over the whole curve (VOC 2010 and later), 0 to 1, or <see cref="VocResult.Undefined"/>.</param>
/// <param name="Precision">Share of right ones among the detections so far, after each that counts, surest first.</param>
/// <param name="Recall">Share of the objects found so far, at the same places.</param>
public sealed record VocCategoryFigures(Category Category, int Objects, double ElevenPointAp, double Ap,
    IReadOnlyList<double> Precision, IReadOnlyList<double> Recall);
