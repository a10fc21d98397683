using Fovea.Data.Reading;

namespace Fovea.Tests.Data.Reading;

public class ClassNamesTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("car", "car", 0)]
    [InlineData("car", "cart", 1)]
    [InlineData("car", "acr", 1)] // neighbours exchanged
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)] // each letter is edited once, so not 2
    [InlineData("grade1", "grade2", int.MaxValue)]
    public void Distance(string a, string b, int expected)
    {
        Assert.Equal(expected, ClassNames.Distance(a, b));
        Assert.Equal(expected, ClassNames.Distance(b, a));
    }

    [Theory]
    [InlineData("Traffic-Light ", "traffic light")]
    [InlineData("trafic lihgt", "traffic light")]
    [InlineData("Persn", "person")]
    [InlineData("zebra", null)]
    [InlineData("b", null)]
    public void Nearest(string name, string? expected) =>
        Assert.Equal(expected, ClassNames.Nearest(name, ["person", "traffic light", "bus"]));
}
