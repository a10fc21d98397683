using System.Globalization;
using System.Xml.Linq;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Reports.Html;
using Fovea.Structures;

namespace Fovea.Tests.Reports.Html;

public class DetectionReportTests
{
    // Names that would be markup, and a culture that writes commas.
    [Fact]
    public void The_page_stands_alone_and_is_well_formed()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = commas;
        try
        {
            string page = Page([new(1, "<b>cats & dogs</b>"), new(2, "car")]);
            Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<b>cats", page);
            Assert.Contains("&lt;b&gt;cats &amp; dogs&lt;/b&gt;", page);

            // All but the head's void elements closes: as XML once those and the pictures' are closed.
            string body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)];
            XDocument parsed = XDocument.Parse(System.Text.RegularExpressions.Regex.Replace(body, "<img([^>]*)>", "<img$1/>"));
            Assert.Equal(2, parsed.Descendants("img").Count());
            Assert.All(parsed.Descendants("img"), img => Assert.StartsWith("data:image/jpeg;base64,", img.Attribute("src")!.Value));
            Assert.Equal(3, parsed.Descendants("svg").Count());
            Assert.DoesNotContain(parsed.Descendants("polyline"), line => line.Attribute("points")!.Value.Contains("NaN"));
            Assert.Contains("0.505", page);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Many_classes_make_a_list_of_confusions() =>
        Assert.DoesNotContain("class='matrix'", Page([.. Enumerable.Range(1, 60).Select(i => new Category(i, $"class {i}"))]));

    private static string Page(Category[] categories)
    {
        var size = new ImageSize(20, 30);
        CocoTruth<CocoBox>[] truths = [new(0, new CocoBox(0, 0, 10, 10), 100), new(0, new CocoBox(15, 0, 10, 10), 100)];
        CocoDetection<CocoBox>[] found = [new(0, new CocoBox(0, 0, 10, 10), 100, 0.9), new(1, new CocoBox(15, 0, 10, 10), 100, 0.8)];
        var evaluator = new CocoEvaluator<CocoBox, BoxOverlap>(categories);
        evaluator.Add(1, truths, found);
        var analysis = new DetectionErrorAnalysis<CocoBox, BoxOverlap>(categories);
        analysis.Add(1, truths, found);
        DetectionErrorResult errors = analysis.Evaluate();
        var image = new Image(size, new byte[size.Pixels * 3]);
        return DetectionReport.Write("Title", new DetectorResult(evaluator.Evaluate(), null, null), errors, 0.5,
            [new ReportedPicture("a&b.jpg", errors.Pictures[0], image, image)]);
    }
}
