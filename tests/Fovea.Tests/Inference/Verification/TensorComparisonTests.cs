using Fovea.Inference.Verification;

namespace Fovea.Tests.Inference.Verification;

public class TensorComparisonTests
{
    [Theory]
    [InlineData(0.125, 0, true)]      // 0.125 times the largest magnitude, 4, allows 0.5
    [InlineData(0.1249, 0, false)]
    [InlineData(0.1249, 0.01, true)]
    [InlineData(0, 0.5, true)]
    [InlineData(0, 0, false)]
    public void TheLargestDifferenceMeetsTheToleranceOfTheWholeTensor(double rtol, double atol, bool passes)
    {
        TensorComparison comparison = TensorComparison.Of("x", [3], [0, -4, 1], [0.5f, -4, 0.75f], rtol, atol);
        Assert.Equal((0.5, 0.125), (comparison.Absolute, comparison.Relative));
        Assert.Equal(passes, comparison.Passed);
    }

    [Fact]
    public void EqualTensorsPassWithoutTolerance()
    {
        Assert.True(TensorComparison.Of("x", [2], [0, 5], [0, 5], 0, 0) is { Passed: true, Absolute: 0, Relative: 0 });
        Assert.True(TensorComparison.Of("x", [0], [], [], 0, 0).Passed);
        Assert.True(TensorComparison.Of("x", [2], [float.NaN, float.PositiveInfinity], [float.NaN, float.PositiveInfinity], 0, 0).Passed);
    }

    [Theory]
    [InlineData(1, float.NaN)]
    [InlineData(float.NaN, 1)]
    [InlineData(float.PositiveInfinity, float.NegativeInfinity)]
    [InlineData(float.PositiveInfinity, 3)]
    public void WhatIsNoNumberInOneAloneNeverPasses(float expected, float actual) =>
        Assert.False(TensorComparison.Of("x", [2], [1, expected], [1, actual], 1e9, 1e9).Passed);

    [Fact]
    public void AnythingAgainstZerosNeedsTheAbsoluteTolerance()
    {
        Assert.False(TensorComparison.Of("x", [1], [0], [1e-6f], 1, 0).Passed);
        Assert.True(TensorComparison.Of("x", [1], [0], [1e-6f], 0, 1e-5).Passed);
    }

    [Fact]
    public void LengthsMustMeet() => Assert.Throws<ArgumentException>(() => TensorComparison.Of("x", [1], [0], [0, 1], 0, 0));

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void TolerancesAreChecked(double value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new VerificationOptions { RelativeTolerance = value });
}
